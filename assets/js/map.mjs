// Draws every [data-map] box once it comes into view: an offline basemap and one GeoJSON source of ours on it.

const SHAPES = {
  1: "M12 2a10 10 0 1 0 0 20a10 10 0 0 0 0-20z",
  2: "M12 .5 23.5 12 12 23.5.5 12z",
  3: "M12 1 24 23H0z",
  4: "M7.3.8h9.4l6.5 6.5v9.4l-6.5 6.5H7.3L.8 16.7V7.3z",
};
const ICON_PX = 24;
const RATIO = 2;
// Below this zoom the coarse world is enough; above it the finer coast around the view is fetched.
const DETAIL_ZOOM = 3.5;
const PAUSE_MS = 200;
const CLOSE_ZOOM = 5;
const KEPT = 40;
const KEPT_MS = 60_000;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const empty = () => ({ type: "FeatureCollection", features: [] });

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const kept = new Map();

// Days played over and back again are not asked for twice.
async function load(url) {
  const address = String(url);
  const found = kept.get(address);
  if (found && Date.now() - found.at < KEPT_MS) return found.data;
  const answer = await fetch(url, { headers: { Accept: "application/geo+json" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const data = await answer.json();
  kept.set(address, { at: Date.now(), data });
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return data;
}

function withView(source, map) {
  const url = new URL(source, location.href);
  const bounds = map.getBounds();
  const edges = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  url.searchParams.set("bbox", edges.map((degrees) => degrees.toFixed(3)).join(","));
  url.searchParams.set("zoom", Math.floor(map.getZoom()));
  return url;
}

function levelIcon(level) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = (ICON_PX + 4) * RATIO;
  const pen = canvas.getContext("2d");
  pen.scale(RATIO, RATIO);
  pen.translate(2, 2);
  const path = new Path2D(SHAPES[level]);
  pen.fillStyle = colour(`level-${level}`);
  pen.strokeStyle = colour("map-halo");
  pen.lineWidth = 2;
  pen.stroke(path);
  pen.fill(path);
  pen.fillStyle = colour("level-ink");
  pen.font = "600 13px sans-serif";
  pen.textAlign = "center";
  pen.fillText(String(level), 12, level === 3 ? 20 : 16.7);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function basemapLayers() {
  return [
    { id: "sea", type: "background", paint: { "background-color": colour("map-sea") } },
    { id: "land", type: "fill", source: "world", filter: ["==", ["get", "kind"], "land"], paint: { "fill-color": colour("map-land"), "fill-antialias": false } },
    { id: "detail", type: "fill", source: "detail", filter: ["==", ["get", "kind"], "land"], paint: { "fill-color": colour("map-land"), "fill-antialias": false } },
    ...["world", "detail"].flatMap((source) => [
      { id: `${source}-border`, type: "line", source, filter: ["==", ["get", "kind"], "border"], paint: { "line-color": colour("map-border"), "line-width": 1 } },
      { id: `${source}-coast`, type: "line", source, filter: ["==", ["get", "kind"], "coast"], paint: { "line-color": colour("map-coast"), "line-width": 0.8 } },
    ]),
  ];
}

const is = (...kinds) => ["in", ["get", "kind"], ["literal", kinds]];

function siteLayers() {
  return [
    { id: "circle", type: "fill", source: "data", filter: is("circle"), paint: { "fill-color": colour("map-incident"), "fill-opacity": 0.08 } },
    { id: "circle-edge", type: "line", source: "data", filter: is("circle"), paint: { "line-color": colour("map-incident"), "line-width": 1, "line-opacity": 0.55 } },
    { id: "vague", type: "line", source: "data", filter: is("vague"), paint: { "line-color": colour("map-incident"), "line-width": 0.8, "line-opacity": 0.4, "line-dasharray": [2, 3] } },
    { id: "buffer", type: "fill", source: "data", filter: is("buffer"), paint: { "fill-color": colour("map-part"), "fill-opacity": 0.08 } },
    { id: "boundary", type: "fill", source: "data", filter: is("boundary", "extent"), paint: { "fill-color": colour("map-part"), "fill-opacity": 0.28 } },
    { id: "ring", type: "line", source: "data", filter: is("ring"), paint: { "line-color": colour("map-part"), "line-width": 1.2, "line-dasharray": [4, 3] } },
    { id: "quiet", type: "circle", source: "data", filter: ["all", is("site"), ["==", ["get", "level"], 0]],
      paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 1, 2.2, 6, 4.5], "circle-color": ["case", ["get", "danger"], colour("danger"), colour("edge")], "circle-stroke-color": colour("map-halo"), "circle-stroke-width": 0.8 } },
    { id: "cluster", type: "circle", source: "data", filter: is("cluster"),
      paint: { "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "count"]], 1, 4, 30, 13, 200, 24], "circle-color": colour("edge"), "circle-opacity": 0.75, "circle-stroke-color": colour("map-halo"), "circle-stroke-width": 1 } },
    { id: "incident", type: "circle", source: "data", filter: is("incident"), paint: { "circle-radius": 4, "circle-color": colour("map-incident"), "circle-stroke-color": colour("map-halo"), "circle-stroke-width": 1 } },
    { id: "part", type: "circle", source: "data", filter: is("part"), paint: { "circle-radius": 5, "circle-color": colour("map-part"), "circle-stroke-color": colour("map-halo"), "circle-stroke-width": 1.5 } },
    { id: "drawn", type: "fill", source: "drawn", paint: { "fill-color": colour("map-part"), "fill-opacity": 0.2 } },
    { id: "drawn-edge", type: "line", source: "drawn", paint: { "line-color": colour("map-part"), "line-width": 2 } },
    { id: "drawn-corner", type: "circle", source: "drawn", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": colour("map-part"), "circle-stroke-color": colour("map-halo"), "circle-stroke-width": 1.5 } },
    { id: "level", type: "symbol", source: "data", filter: ["all", is("site", "cluster"), [">", ["get", "level"], 0]],
      layout: { "icon-image": ["concat", "level-", ["to-string", ["get", "level"]]], "icon-size": 0.9, "icon-allow-overlap": true, "symbol-sort-key": ["get", "level"] } },
  ];
}

const FITTED = { padding: 36, maxZoom: 11 };
const boundsOf = ([west, south, east, north]) => [[west, south], [east, north]];
const CLICKABLE = ["level", "quiet", "incident", "part", "cluster"];

function pickedLayer() {
  return { id: "picked", type: "circle", source: "picked",
    paint: { "circle-radius": 16, "circle-opacity": 0, "circle-stroke-color": colour("focus"), "circle-stroke-width": 3 } };
}

// What a reader draws: its corners, and from two on the line or area between them.
function drawn(corners) {
  const feature = (geometry) => ({ type: "Feature", properties: {}, geometry });
  const shape = corners.length > 2 ? [{ type: "Polygon", coordinates: [[...corners, corners[0]]] }]
    : corners.length === 2 ? [{ type: "LineString", coordinates: corners }] : [];
  return { type: "FeatureCollection", features: [...shape, ...corners.map((corner) => ({ type: "Point", coordinates: corner }))].map(feature) };
}

function style(world, state) {
  const source = (content) => ({ type: "geojson", data: content });
  const sources = { detail: state.detail, data: state.data, drawn: drawn(state.corners), picked: state.picked };
  return {
    version: 8,
    sources: { world: source(world), ...Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, source(content)])) },
    layers: [...basemapLayers(), ...siteLayers(), pickedLayer()],
  };
}

function popupContent(properties) {
  const box = document.createElement("div");
  const name = document.createElement(properties.href ? "a" : "strong");
  if (properties.href) name.href = properties.href;
  name.textContent = properties.name;
  box.append(name);
  if (properties.about) {
    const about = document.createElement("p");
    about.textContent = properties.about;
    box.append(about);
  }
  return box;
}

// A library style sheet that loads only with a map keeps every other page light.
function addStyleSheet(href) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = resolve;
    link.onerror = reject;
    document.head.append(link);
  });
}

// The list beside a map and the map point at one another: what is hovered over or focused in one is marked in the other.
function together(map, library, box, state) {
  const around = box.closest("[data-together]");
  let popup = null;
  const rowsOf = (site) => (site && around ? [...around.querySelectorAll(`[data-site="${CSS.escape(site)}"]`)] : []);
  const ring = (coordinates) => {
    state.picked = coordinates ? { type: "Feature", geometry: { type: "Point", coordinates }, properties: {} } : empty();
    map.getSource("picked")?.setData(state.picked);
  };
  const mark = (site) => {
    for (const row of around?.querySelectorAll(".picked") ?? []) row.classList.remove("picked");
    for (const row of rowsOf(site)) row.classList.add("picked");
  };
  const open = (coordinates, content) => {
    popup?.remove();
    popup = new library.Popup({ maxWidth: "18rem", locale: {}, focusAfterOpen: false }).setLngLat(coordinates).setDOMContent(content).addTo(map);
  };
  const placeOf = (row) => (row?.dataset.lon ? [Number(row.dataset.lon), Number(row.dataset.lat)] : null);
  const rowAt = (event) => event.target.closest("[data-site]");
  if (around) {
    for (const kind of ["pointerover", "focusin"]) around.addEventListener(kind, (event) => {
      const row = rowAt(event);
      if (row) { ring(placeOf(row)); mark(row.dataset.site); }
    });
    for (const kind of ["pointerout", "focusout"]) around.addEventListener(kind, (event) => {
      const row = rowAt(event);
      if (row && !row.contains(event.relatedTarget)) { ring(null); mark(null); }
    });
    around.addEventListener("click", (event) => {
      const row = event.target.closest("[data-show]") && rowAt(event);
      if (!row) return;
      const link = row.querySelector("a[href]");
      map.easeTo({ center: placeOf(row), zoom: Math.max(map.getZoom(), CLOSE_ZOOM), animate: !still() });
      open(placeOf(row), popupContent({ name: link.textContent, href: link.href, about: row.querySelector(".level")?.textContent.trim() }));
      box.scrollIntoView({ block: "nearest", behavior: still() ? "auto" : "smooth" });
    });
    around.addEventListener("keydown", (event) => { if (event.key === "Escape") popup?.remove(); });
    document.addEventListener("followed", () => { popup?.remove(); ring(null); });
  }
  return {
    over: (found) => {
      if (!around) return;
      const site = found?.properties.site;
      mark(site);
      ring(site ? found.geometry.coordinates : null);
    },
    select: (found) => {
      mark(found.properties.site);
      rowsOf(found.properties.site)[0]?.scrollIntoView({ block: "nearest", behavior: still() ? "auto" : "smooth" });
    },
    open,
  };
}

function listen(map, box, library, linked) {
  const picking = box.closest("[data-pick]");
  let pin = null;
  map.on("click", (event) => {
    // Where a form asks for a place, a click is that place.
    if (picking) {
      if (!("draw" in picking.dataset)) {
        pin ??= new library.Marker();
        pin.setLngLat(event.lngLat).addTo(map);
      }
      const { lng: lon, lat } = event.lngLat.wrap();
      box.dispatchEvent(new CustomEvent("mapclick", { bubbles: true, detail: { lon, lat } }));
      return;
    }
    const [found] = map.queryRenderedFeatures(event.point, { layers: CLICKABLE });
    if (!found) return;
    if (found.properties.kind === "cluster") {
      map.easeTo({ center: found.geometry.coordinates, zoom: map.getZoom() + 2, animate: !still() });
      return;
    }
    linked.select(found);
    linked.open(found.geometry.type === "Point" ? found.geometry.coordinates : event.lngLat, popupContent(found.properties));
  });
  map.on("mousemove", (event) => {
    const [found] = map.queryRenderedFeatures(event.point, { layers: CLICKABLE });
    map.getCanvas().style.cursor = found ? "pointer" : "";
    linked.over(found);
  });
  map.on("mouseout", () => linked.over(null));
}

// The coarse world under the finer one would draw every border twice.
function showWorld(map, shown) {
  for (const layer of ["land", "world-border", "world-coast"]) {
    const visibility = shown ? "visible" : "none";
    if (map.getLayer(layer) && map.getLayoutProperty(layer, "visibility") !== visibility) map.setLayoutProperty(layer, "visibility", visibility);
  }
}

// Refetches what the view shows, once the reader's hand rests; an answer that comes late is dropped.
function followView(map, box, state) {
  let timer = null;
  let asked = 0;
  const refresh = async () => {
    asked += 1;
    const mine = asked;
    try {
      if (map.getZoom() > DETAIL_ZOOM) {
        state.detail = await load(withView(box.dataset.detail, map));
        if (mine === asked) map.getSource("detail").setData(state.detail);
      }
      state.coarse = map.getZoom() <= DETAIL_ZOOM || !state.detail.features.length;
      showWorld(map, state.coarse);
      if (!state.data.complete) {
        const data = await load(withView(box.dataset.source, map));
        if (mine !== asked) return;
        state.data = data;
        map.getSource("data").setData(data);
      }
    } catch (error) {
      console.warn("The map keeps what it has:", error.message);
    }
  };
  // The page moved to another day or another question.
  box.addEventListener("sourcechange", async () => {
    asked += 1;
    const mine = asked;
    try {
      const data = await load(box.dataset.source);
      if (mine !== asked) return;
      state.data = data;
      map.getSource("data").setData(data);
      if (data.bbox) map.fitBounds(boundsOf(data.bbox), { ...FITTED, animate: !still() });
      else if (!data.complete) refresh();
    } catch (error) {
      console.warn("The map keeps what it has:", error.message);
    }
  });
  const tell = () => {
    const bounds = map.getBounds();
    const edges = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    box.dataset.window = edges.map((degrees) => degrees.toFixed(2)).join(",");
  };
  tell();
  box.dispatchEvent(new Event("mapdrawn"));
  map.on("moveend", () => {
    tell();
    box.dispatchEvent(new Event("mapmoved"));
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE_MS);
  });
  refresh();
}

async function draw(box) {
  const words = JSON.parse(box.dataset.words || "{}");
  const [library, world, data] = await Promise.all([
    import(box.dataset.library), load(box.dataset.world), load(box.dataset.source), addStyleSheet(box.dataset.sheet),
  ]);
  const state = { detail: empty(), data, coarse: true, picked: empty(), corners: [] };
  const stage = document.createElement("div");
  stage.className = "map-stage";
  box.append(stage);
  // A window that stands in the address is the one a reader was sent to.
  const asked = box.closest("[data-together]") && new URL(location.href).searchParams.get("window")?.split(",").map(Number);
  const bounds = asked?.length === 4 && asked.every(Number.isFinite) ? asked : data.bbox;
  const view = bounds ? { bounds: boundsOf(bounds), fitBoundsOptions: bounds === asked ? {} : FITTED } : { center: [30, 25], zoom: 1 };
  const map = new library.Map({
    container: stage, style: style(world, state), ...view, minZoom: 0, maxZoom: 14,
    attributionControl: false, dragRotate: false, pitchWithRotate: false, cooperativeGestures: true, renderWorldCopies: true, locale: words,
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }));
  map.addControl(new library.ScaleControl());
  map.addControl(new library.AttributionControl({ compact: true, customAttribution: words.attribution || "Natural Earth" }));
  // Images and what is hidden belong to a style: both are set again whenever the style is, in the theme of that moment.
  const icons = () => {
    showWorld(map, state.coarse);
    for (const level of Object.keys(SHAPES)) if (!map.hasImage(`level-${level}`)) map.addImage(`level-${level}`, levelIcon(Number(level)), { pixelRatio: RATIO });
  };
  map.on("styledata", icons);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.setStyle(style(world, state), { diff: false }));
  listen(map, box, library, together(map, library, box, state));
  box.addEventListener("mapdraw", ({ detail: { corners } }) => {
    state.corners = corners;
    map.getSource("drawn")?.setData(drawn(corners));
  });
  map.once("load", () => {
    icons();
    box.classList.add("map-ready");
    followView(map, box, state);
    box.dispatchEvent(new CustomEvent("mapready", { bubbles: true }));
  });
  map.once("idle", () => { box.dataset.drawn = "yes"; });
}

function start(box) {
  draw(box).catch((error) => {
    console.warn("No map:", error.message);
    const note = box.querySelector(".map-note");
    if (note) note.textContent = box.dataset.failed;
    box.dataset.drawn = "no";
  });
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    watcher.unobserve(entry.target);
    start(entry.target);
  }
}, { rootMargin: "200px" });
for (const box of document.querySelectorAll("[data-map]")) watcher.observe(box);
