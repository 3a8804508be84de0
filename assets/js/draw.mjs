// Draws an area on a map by clicking its corners; the field it fills does without this script.
const DECIMALS = 5;

for (const box of document.querySelectorAll("[data-draw]")) start(box, document.getElementById(box.dataset.draw));

const ring = (corners) => [...corners, corners[0]].map(([lon, lat]) => [Number(lon.toFixed(DECIMALS)), Number(lat.toFixed(DECIMALS))]);

// An edge goes the shorter way round: an area across the 180th meridian runs on past 180, and is cut there when it is kept.
function beside(corners) {
  const followed = corners.slice(0, 1);
  for (const [lon, lat] of corners.slice(1)) {
    const before = followed.at(-1)[0];
    followed.push([before + ((((lon - before + 180) % 360) + 360) % 360) - 180, lat]);
  }
  return followed;
}

function polygon(corners) {
  return { type: "Polygon", coordinates: [ring(corners)] };
}

function start(box, field) {
  const [back, anew, said] = ["back", "anew", "said"].map((name) => box.querySelector(`[data-draw-${name}]`));
  let corners = read(field.value);
  const show = () => {
    back.hidden = anew.hidden = !corners.length;
    said.textContent = corners.length ? `${said.dataset.words} ${new Intl.NumberFormat(document.documentElement.lang).format(corners.length)}` : "";
    box.querySelector("[data-map]").dispatchEvent(new CustomEvent("mapdraw", { detail: { corners } }));
  };
  const change = (next) => {
    corners = beside(next);
    if (corners.length > 2) field.value = JSON.stringify(polygon(corners));
    else if (field.value.trimStart().startsWith("{")) field.value = "";
    show();
  };
  box.addEventListener("mapclick", ({ detail: { lon, lat } }) => change([...corners, [lon, lat]]));
  box.addEventListener("mapready", show);
  back.addEventListener("click", () => change(corners.slice(0, -1)));
  anew.addEventListener("click", () => change([]));
  field.addEventListener("change", () => { corners = read(field.value); show(); });
}

// What stands in the field already: a polygon of one ring, or a box of four numbers.
function read(text) {
  const numbers = text.split(",").map(Number);
  if (numbers.length === 4 && numbers.every(Number.isFinite)) {
    const [west, south, given, north] = numbers;
    const east = given < west ? given + 360 : given;
    return [[west, south], [east, south], [east, north], [west, north]];
  }
  try {
    const { type, coordinates } = JSON.parse(text);
    return type === "Polygon" && coordinates.length === 1 ? coordinates[0].slice(0, -1) : [];
  } catch {
    return [];
  }
}
