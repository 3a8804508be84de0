// Builds heritage/static/dist: our CSS and JavaScript under content-hashed names, libraries and fonts, the basemap, a manifest.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { basemap } from "./basemap.mjs";

// A checkout whose node_modules are older than its package.json still builds, with heavier faces.
const subsetFont = await import("subset-font").then((found) => found.default, () => {
  console.warn("subset-font is missing, so Arabic faces go out whole: run npm ci.");
  return async (data) => data;
});
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const modules = join(root, "node_modules");
const target = join(root, "heritage", "static", "dist");
const work = `${target}.new`;
const manifest = {};

// Weight and subset are named one by one: a page loads what its script needs, the wheel carries nothing else.
const EUROPEAN = ["latin", "latin-ext", "vietnamese", "greek", "cyrillic", "cyrillic-ext"];
const FACES = [
  { family: "Source Serif 4", package: "source-serif-4", weights: [400, 600], subsets: EUROPEAN },
  { family: "IBM Plex Sans", package: "ibm-plex-sans", weights: [400, 600], subsets: EUROPEAN },
  { family: "IBM Plex Sans Arabic", package: "ibm-plex-sans-arabic", weights: [400, 600], subsets: ["arabic"] },
  { family: "Noto Naskh Arabic", package: "noto-naskh-arabic", weights: [400, 600], subsets: ["arabic"] },
];
// What Arabic itself is written with: a tenth of the faces' letters, which a first view needs and nothing else.
const CORE = { arabic: "U+060C,U+061B,U+061F,U+0621-063A,U+0640-0652,U+0660-066C,U+0670,U+200C-200E" };
const LICENCED = ["maplibre-gl", "world-atlas", "d3-geo", "d3-geo-projection", "topojson-client",
  ...FACES.map((face) => `@fontsource/${face.package}`)];

const version = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")).version;
const hashed = (name, data) => {
  const dot = name.lastIndexOf(".");
  return `${name.slice(0, dot)}-${createHash("sha256").update(data).digest("hex").slice(0, 10)}${name.slice(dot)}`;
};

function emit(name, data) {
  const path = hashed(name, data);
  mkdirSync(dirname(join(work, path)), { recursive: true });
  writeFileSync(join(work, path), data);
  manifest[name] = path;
  return path;
}

const spans = (ranges) => ranges.split(",").map((range) => range.slice(2).split("-").map((code) => parseInt(code, 16))).map(([from, to = from]) => [from, to]);
const hex = ([from, to]) => `U+${from.toString(16).toUpperCase()}${to > from ? `-${to.toString(16).toUpperCase()}` : ""}`;

// A set of letters without another, both as CSS writes them.
function without(ranges, others) {
  let left = spans(ranges);
  for (const [from, to] of spans(others)) {
    left = left.flatMap(([low, high]) => (to < low || from > high ? [[low, high]] : [[low, from - 1], [to + 1, high]].filter(([a, b]) => a <= b)));
  }
  return left.map(hex).join(",");
}

const lettersOf = (ranges) => spans(ranges).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n))).join("");

function rule(face, weight, path, range) {
  return `@font-face{font-family:"${face.family}";font-weight:${weight};font-style:normal;font-display:swap;src:url("${path}") format("woff2");unicode-range:${range}}`;
}

async function fontFaces() {
  const rules = [];
  for (const face of FACES) {
    const folder = join(modules, "@fontsource", face.package);
    const ranges = JSON.parse(readFileSync(join(folder, "unicode.json"), "utf8"));
    for (const weight of face.weights) {
      for (const subset of face.subsets) {
        const file = `${face.package}-${subset}-${weight}-normal.woff2`;
        const data = readFileSync(join(folder, "files", file));
        const core = CORE[subset];
        rules.push(rule(face, weight, emit(`fonts/${file}`, data), core ? without(ranges[subset], core) : ranges[subset]));
        if (core) {
          const small = await subsetFont(data, `${lettersOf(core)} `, { targetFormat: "woff2" });
          rules.push(rule(face, weight, emit(`fonts/${file.replace(`-${subset}-${weight}`, `-${subset}-core-${weight}`)}`, small), core));
        }
      }
    }
  }
  return rules.join("\n");
}

// Comments are for who reads the source: on the way to a phone they only weigh.
const withoutRemarks = {
  css: (text) => text.replace(/\/\*[^]*?\*\/\n?/g, ""),
  mjs: (text) => text.replace(/^[ \t]*\/\/.*\n/gm, ""),
};

async function styles() {
  const folder = join(root, "assets", "css");
  const parts = readdirSync(folder).filter((name) => name.endsWith(".css")).sort();
  return [await fontFaces(), ...parts.map((name) => withoutRemarks.css(readFileSync(join(folder, name), "utf8")))].join("\n");
}

function scripts() {
  const folder = join(root, "assets", "js");
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".mjs"))) emit(name, withoutRemarks.mjs(readFileSync(join(folder, name), "utf8")));
}

// The library's files refer to one another by name, so its folder carries the version instead of a hash.
function maplibre() {
  const folder = `maplibre-gl-${version("maplibre-gl")}`;
  mkdirSync(join(work, folder), { recursive: true });
  for (const name of ["maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css"]) {
    const text = readFileSync(join(modules, "maplibre-gl", "dist", name), "utf8");
    writeFileSync(join(work, folder, name), text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"));
    manifest[name] = `${folder}/${name}`;
  }
}

function licences() {
  const out = ["Third-party material bundled in this folder, each under its own licence.",
    "Basemap: Natural Earth (public domain) through world-atlas, cut at the antimeridian.", ""];
  for (const name of LICENCED) {
    const folder = join(modules, name);
    const file = ["LICENSE", "LICENSE.txt", "LICENSE.md"].find((candidate) => existsSync(join(folder, candidate)));
    out.push("=".repeat(100), `${name} ${version(name)}`, "", readFileSync(join(folder, file), "utf8").trim(), "");
  }
  return out.join("\n");
}

// Packed once here at the highest setting, and never again for each reader.
function pack(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) pack(path);
    else if (!entry.name.startsWith("world-50m") && /\.(css|mjs|json|svg)$/.test(entry.name)) {
      const data = readFileSync(path);
      const quality = data.length > 2_000_000 ? 9 : 11;
      writeFileSync(`${path}.br`, brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }));
      writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
    }
  }
}

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
maplibre();
scripts();
emit("heritage.css", await styles());
emit("world-110m.json", JSON.stringify(basemap("110m", 2)));
// Read by the server only, which cuts from it.
emit("world-50m.json", JSON.stringify(basemap("50m", 3)));
for (const name of readdirSync(join(root, "assets", "images"))) emit(name, readFileSync(join(root, "assets", "images", name)));
pack(work);
writeFileSync(join(work, "NOTICE"), licences());
writeFileSync(join(work, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
// Written beside and then moved, so that a build that fails leaves the last good one in place.
rmSync(target, { recursive: true, force: true });
renameSync(work, target);
console.log(`${Object.keys(manifest).length} files in heritage/static/dist`);
