// Turns world-atlas into GeoJSON that a flat map can draw: cut at the antimeridian, rings valid and wound as RFC 7946 asks.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { geoProject } from "d3-geo-projection";
import { geoEquirectangular } from "d3-geo";
import polygonClipping from "polygon-clipping";
import { feature, mesh } from "topojson-client";

const require = createRequire(import.meta.url);

// Plain degrees: d3 cuts on the sphere, which is what keeps Russia, Fiji and Antarctica in one piece on either side.
// Precision 0 switches off resampling, so no point is added but those on the cut.
const plain = () => geoEquirectangular().scale(180 / Math.PI).translate([0, 0]).precision(0);

function round(value, digits) {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor + 0;
}

function unproject(points, digits) {
  const out = [];
  for (const [x, y] of points) {
    const point = [round(x, digits), round(-y, digits)];
    const last = out[out.length - 1];
    if (!last || last[0] !== point[0] || last[1] !== point[1]) out.push(point);
  }
  return out;
}

function signedArea(ring) {
  let sum = 0;
  for (let i = 1; i < ring.length; i += 1) sum += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
  return sum / 2;
}

// Rounding can leave an out-and-back spike (a, b, a), which crosses itself.
function withoutSpikes(ring) {
  const open = ring.slice(0, -1);
  for (let i = 0; open.length > 2 && i < open.length;) {
    const before = open[(i + open.length - 1) % open.length];
    const after = open[(i + 1) % open.length];
    if (before[0] === after[0] && before[1] === after[1]) {
      open.splice(i, 1);
      open.splice(i % open.length, 1);
      i = Math.max(0, i - 2);
    } else i += 1;
  }
  return open.length ? [...open, open[0]] : [];
}

// A ring that lost its area to rounding says nothing and breaks polygon tools: it goes.
function cleanRing(points, digits, counterClockwise) {
  const ring = withoutSpikes(unproject(points, digits));
  if (ring.length < 4) return null;
  const area = signedArea(ring);
  if (area === 0) return null;
  return area > 0 === counterClockwise ? ring : ring.reverse();
}

function cleanPolygon(rings, digits) {
  const [outer, ...holes] = rings;
  const shell = cleanRing(outer, digits, true);
  if (!shell) return null;
  return [shell, ...holes.map((hole) => cleanRing(hole, digits, false)).filter(Boolean)];
}

const tidy = (rings, digits) => cleanPolygon(rings.map((ring) => ring.map(([lon, lat]) => [lon, -lat])), digits);

function polygons(geometry) {
  if (!geometry) return [];
  if (geometry.type === "Polygon") return [geometry.coordinates];
  if (geometry.type === "MultiPolygon") return geometry.coordinates;
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(polygons);
  return [];
}

function lines(geometry, digits) {
  const parts = geometry.type === "LineString" ? [geometry.coordinates] : geometry.coordinates;
  return parts.map((part) => unproject(part, digits)).filter((part) => part.length > 1);
}

/** The world as one FeatureCollection: land polygons (kind land), inland borders (kind border) and coasts (kind coast). */
export function basemap(resolution, digits) {
  const file = require.resolve(`world-atlas/countries-${resolution}.json`);
  const topology = JSON.parse(readFileSync(file, "utf8"));
  const countries = topology.objects.countries;
  const features = [];
  for (const country of feature(topology, countries).features) {
    const drawn = polygons(geoProject(country, plain()).geometry).map((rings) => cleanPolygon(rings, digits)).filter(Boolean);
    // A few coasts of the source cross themselves; a union with nothing untangles them. Its new corners are rounded again.
    const cut = drawn.length ? polygonClipping.union(drawn).map((rings) => tidy(rings, digits)).filter(Boolean) : [];
    if (!cut.length) continue;
    features.push({
      type: "Feature",
      properties: { kind: "land", name: country.properties.name },
      geometry: { type: "MultiPolygon", coordinates: cut },
    });
  }
  for (const [kind, keep] of [["border", (a, b) => a !== b], ["coast", (a, b) => a === b]]) {
    const drawn = geoProject(mesh(topology, countries, keep), plain());
    const parts = lines(drawn, digits).filter((part) => !part.every(([, lat]) => lat <= -89.9));
    features.push({ type: "Feature", properties: { kind }, geometry: { type: "MultiLineString", coordinates: parts } });
  }
  return { type: "FeatureCollection", features };
}
