// Asks Lighthouse for the scores of some pages of a running program; prints a line a page, and why where points are missing.
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const LEAST = 95;
const ROUNDS = 3;
const CATEGORIES = ["performance", "accessibility", "best-practices"];
const TIMES = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index"];
const DEVICES = { phone: undefined, desktop: desktopConfig };
const FLAGS = ["--headless=new", "--no-first-run", "--disable-background-networking",
  "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

const [address, ...paths] = process.argv.slice(2);
const scoreOf = (result, name) => Math.round((result.categories[name].score ?? 0) * 100);

// Times depend on what else the machine does: the middle of three runs by performance.
async function middle(url, port, config) {
  const results = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    results.push((await lighthouse(url, { port, onlyCategories: CATEGORIES, logLevel: "silent" }, config)).lhr);
  }
  return results.sort((a, b) => scoreOf(a, "performance") - scoreOf(b, "performance"))[Math.floor(ROUNDS / 2)];
}

function why(result, name) {
  if (name === "performance") return TIMES.map((id) => `${id} ${result.audits[id].displayValue}`);
  return result.categories[name].auditRefs
    .filter(({ id, weight }) => weight && result.audits[id].score !== null && result.audits[id].score < 1)
    .map(({ id }) => [result.audits[id].title, ...(result.audits[id].details?.items ?? []).slice(0, 3).map((item) => item.node?.selector ?? item.description ?? "")].join(" · "));
}

let worst = 100;
const chrome = await launch({ chromeFlags: process.getuid?.() === 0 ? [...FLAGS, "--no-sandbox"] : FLAGS, logLevel: "silent" });
try {
  for (const path of paths) {
    for (const [device, config] of Object.entries(DEVICES)) {
      const result = await middle(address + path, chrome.port, config);
      console.log(`lighthouse ${path} ${device}: ${CATEGORIES.map((name) => `${name} ${scoreOf(result, name)}`).join(", ")}`);
      for (const name of CATEGORIES) {
        worst = Math.min(worst, scoreOf(result, name));
        if (scoreOf(result, name) < LEAST) for (const line of why(result, name)) console.log(`  ${line}`);
      }
    }
  }
} finally {
  await chrome.kill();
}
process.exitCode = worst < LEAST ? 1 : 0;
