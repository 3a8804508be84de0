// Draws [data-map] boxes: an offline basemap and one GeoJSON source of ours on it. A box with a still map in it is drawn
// when a reader first reaches for it, any other once it comes into view.

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
// As on a still map: on one of the world towns only crowd out what it is about.
const TOWNS_BELOW_DEG = 40;
const MOST_TOWNS = 24;
const HOVER_MS = 150;
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

const age = ["coalesce", ["get", "age"], 0];

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
    // How old a report is: a full disc, a ring, a thin small ring; the newest on top.
    { id: "incident", type: "circle", source: "data", filter: is("incident"), layout: { "circle-sort-key": ["-", 0, age] },
      paint: {
        "circle-radius": ["match", age, 0, 4, 1, 3.5, 2.5],
        "circle-color": ["match", age, 0, colour("map-incident"), colour("map-halo")],
        "circle-stroke-color": ["match", age, 0, colour("map-halo"), colour("map-incident")],
        "circle-stroke-width": ["match", age, 1, 2, 1],
      } },
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

function popupContent(properties, back) {
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
  if (back) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "back button-quiet";
    button.textContent = back.words;
    button.addEventListener("click", back.go);
    box.append(button);
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

const placeOf = (row) => (row?.dataset.lon ? [Number(row.dataset.lon), Number(row.dataset.lat)] : null);
const around = (box) => box.closest("[data-together]");
const rowsOf = (box, site) => (site ? [...(around(box)?.querySelectorAll(`[data-site="${CSS.escape(site)}"]`) ?? [])] : []);

function mark(box, site) {
  for (const row of around(box)?.querySelectorAll(".picked[data-site]") ?? []) row.classList.remove("picked");
  for (const row of rowsOf(box, site)) row.classList.add("picked");
}

// The list beside a map and the map point at one another: what is hovered over or focused in one is marked in the other.
function together(map, library, box, state) {
  let popup = null;
  const ring = (coordinates) => {
    state.picked = coordinates ? { type: "Feature", geometry: { type: "Point", coordinates }, properties: {} } : empty();
    map.getSource("picked")?.setData(state.picked);
  };
  const open = (coordinates, properties) => {
    popup?.remove();
    const [row] = rowsOf(box, properties.site);
    const goBack = () => {
      popup?.remove();
      (row.querySelector("[data-show]") ?? row.querySelector("a[href]")).focus();
    };
    const content = popupContent(properties, row && { words: box.dataset.back, go: goBack });
    popup = new library.Popup({ maxWidth: "18rem", locale: {}, focusAfterOpen: false }).setLngLat(coordinates).setDOMContent(content).addTo(map);
    return content;
  };
  box.addEventListener("pointed", ({ detail: row }) => ring(placeOf(row)));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !popup) return;
    const back = popup.getElement()?.contains(document.activeElement) && popup.getElement().querySelector(".back");
    if (back) back.click();
    else popup.remove();
  });
  around(box)?.addEventListener("keydown", (event) => { if (event.key === "Escape") popup?.remove(); });
  document.addEventListener("followed", () => { popup?.remove(); ring(null); });
  return {
    over: (found) => {
      if (!around(box)) return;
      const site = found?.properties.site;
      mark(box, site);
      ring(site ? found.geometry.coordinates : null);
    },
    select: (found) => {
      mark(box, found.properties.site);
      rowsOf(box, found.properties.site)[0]?.scrollIntoView({ block: "nearest", behavior: still() ? "auto" : "smooth" });
    },
    // From a row to its place: the words about it are reached by the next key, and lead back to the row.
    show: (row) => {
      const link = row.querySelector("a[href]");
      map.easeTo({ center: placeOf(row), zoom: Math.max(map.getZoom(), CLOSE_ZOOM), animate: !still() });
      const content = open(placeOf(row), { name: link.textContent, href: link.href, about: row.querySelector(".level")?.textContent.trim(), site: row.dataset.site });
      box.scrollIntoView({ block: "nearest", behavior: still() ? "auto" : "smooth" });
      content.querySelector("a").focus({ preventScroll: true });
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
    linked.open(found.geometry.type === "Point" ? found.geometry.coordinates : event.lngLat, found.properties);
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

// Words beside the towns in view, the largest first, none over another.
async function nameTowns(map, box, library, state) {
  const bounds = map.getBounds();
  const found = bounds.getEast() - bounds.getWest() < TOWNS_BELOW_DEG ? (await load(withView(box.dataset.towns, map))).features : [];
  for (const marker of state.towns) marker.remove();
  const taken = [];
  state.towns = found.flatMap(({ geometry: { coordinates }, properties: { name } }) => {
    const { x, y } = map.project(coordinates);
    const place = [x - 4, y - 9, x + 12 + name.length * 6.6, y + 9];
    if (taken.length >= MOST_TOWNS || taken.some((other) => place[0] < other[2] && other[0] < place[2] && place[1] < other[3] && other[1] < place[3])) return [];
    taken.push(place);
    const element = document.createElement("span");
    element.className = "map-town";
    element.textContent = name;
    return [new library.Marker({ element, anchor: "left", offset: [-2, 0] }).setLngLat(coordinates).addTo(map)];
  });
  for (const marker of state.towns) marker.getElement().removeAttribute("tabindex");
}

// What the map could not be told is said on it, until it can be: an old map must not pass for a quiet place.
function sayLate(box, error) {
  box.querySelector(".map-late")?.remove();
  if (!error) return;
  console.warn("The map keeps what it has:", error.message);
  const note = Object.assign(document.createElement("p"), { className: "map-late", textContent: box.dataset.late });
  note.setAttribute("role", "status");
  box.append(note);
}

// Refetches what the view shows, once the reader's hand rests; an answer that comes late is dropped.
function followView(map, box, library, state) {
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
      await nameTowns(map, box, library, state);
      if (mine !== asked) return;
      if (!state.data.complete) {
        const data = await load(withView(box.dataset.source, map));
        if (mine !== asked) return;
        state.data = data;
        map.getSource("data").setData(data);
      }
      sayLate(box, null);
    } catch (error) {
      sayLate(box, error);
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
      sayLate(box, null);
    } catch (error) {
      sayLate(box, error);
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
  const state = { detail: empty(), data, coarse: true, picked: empty(), corners: [], towns: [] };
  const stage = document.createElement("div");
  stage.className = "map-stage";
  box.append(stage);
  // A window that stands in the address is the one a reader was sent to; else the map opens as it stood still.
  const asked = box.closest("[data-together]") && new URL(location.href).searchParams.get("window")?.split(",").map(Number);
  const before = box.querySelector("[data-bounds]")?.dataset.bounds.split(",").map(Number);
  const exact = asked?.length === 4 && asked.every(Number.isFinite) ? asked : before;
  const view = exact ? { bounds: boundsOf(exact) } : data.bbox ? { bounds: boundsOf(data.bbox), fitBoundsOptions: FITTED } : { center: [30, 25], zoom: 1 };
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
  const linked = together(map, library, box, state);
  listen(map, box, library, linked);
  box.addEventListener("mapdraw", ({ detail: { corners } }) => {
    state.corners = corners;
    map.getSource("drawn")?.setData(drawn(corners));
  });
  map.once("idle", () => { box.dataset.drawn = "yes"; });
  return new Promise((resolve) => {
    map.once("load", () => {
      icons();
      box.classList.add("map-ready");
      followView(map, box, library, state);
      box.dispatchEvent(new CustomEvent("mapready", { bubbles: true }));
      resolve(linked);
    });
  });
}

const live = new WeakMap();

// One drawing a box, whoever asks for it; null where it cannot be drawn.
function start(box) {
  if (!live.has(box)) {
    live.set(box, draw(box).catch((error) => {
      console.warn("No map:", error.message);
      const note = box.querySelector(".map-note, .map-failed") ?? box.appendChild(Object.assign(document.createElement("p"), { className: "map-failed" }));
      note.setAttribute("role", "status");
      note.textContent = box.dataset.failed;
      box.dataset.drawn = "no";
      // The still map stands there all the same, and its button is for another try.
      if (note.className === "map-failed") {
        live.delete(box);
        box.querySelector(".map-stage")?.remove();
      }
      return null;
    }));
  }
  return live.get(box);
}

// On a still map the ring goes where Mercator puts the place.
function pointOnStill(box, row) {
  const drawing = box.querySelector("[data-bounds]");
  const ring = drawing?.querySelector(".picked");
  const place = placeOf(row);
  if (!ring) return;
  const up = (lat) => Math.asinh(Math.tan(lat * Math.PI / 180));
  const [west, south, east, north] = drawing.dataset.bounds.split(",").map(Number);
  const middle = (west + east) / 2;
  const lon = place && middle + ((place[0] - middle + 540) % 360 + 360) % 360 - 180;
  ring.setAttribute("cx", place ? `${(lon - west) / (east - west) * 100}%` : "-50");
  ring.setAttribute("cy", place ? `${(up(north) - up(place[1])) / (up(north) - up(south)) * 100}%` : "-50");
}

// The place a reader was led to stands in the address, so that it is there again on the way back.
async function showRow(box, row) {
  const linked = await start(box);
  if (!linked || !placeOf(row)) return;
  history.replaceState(history.state, "", `#at-${row.dataset.site}`);
  linked.show(row);
}

function showAsked(box) {
  const [row] = location.hash.startsWith("#at-") ? rowsOf(box, decodeURIComponent(location.hash.slice(4))) : [];
  if (row) showRow(box, row);
}

function withList(box, list) {
  const point = (row) => {
    mark(box, row?.dataset.site);
    pointOnStill(box, row);
    box.dispatchEvent(new CustomEvent("pointed", { detail: row }));
  };
  const rowAt = (event) => event.target.closest?.("[data-site]");
  for (const kind of ["pointerover", "focusin"]) list.addEventListener(kind, (event) => { if (rowAt(event)) point(rowAt(event)); });
  for (const kind of ["pointerout", "focusout"]) list.addEventListener(kind, (event) => {
    if (rowAt(event) && !rowAt(event).contains(event.relatedTarget)) point(null);
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-show]") && rowAt(event);
    if (row) showRow(box, row);
  });
  addEventListener("hashchange", () => showAsked(box));
  showAsked(box);
}

// A mouse that rests on a still map, a tap on it or its button: somebody wants to move it.
function wait(box) {
  let timer = null;
  box.addEventListener("pointerenter", ({ pointerType }) => { if (pointerType === "mouse") timer = setTimeout(start, HOVER_MS, box); });
  box.addEventListener("pointerleave", () => clearTimeout(timer));
  box.addEventListener("click", async (event) => {
    const byKey = event.target.closest("[data-wake]");
    if (box.classList.contains("map-ready") || box.contains(event.target.closest("a"))) return;
    if (await start(box) && byKey) box.querySelector("canvas").focus();
  });
  box.addEventListener("mapwanted", () => start(box));
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    watcher.unobserve(entry.target);
    start(entry.target);
  }
}, { rootMargin: "200px" });
for (const box of document.querySelectorAll("[data-map]")) {
  const list = around(box);
  if (list) withList(box, list);
  if (box.querySelector("[data-bounds]") && !(list && new URL(location.href).searchParams.has("window"))) wait(box);
  else watcher.observe(box);
}
