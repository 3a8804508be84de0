// Follows links and forms marked data-follow without leaving the page, and slides or plays through the days.
// Whatever is marked data-live is replaced by what stands there at the new address; the server makes every word.

const TYPING_MS = 250;
const STEP_MS = 1200;
const SLOW_MS = 400;
const KEPT_PAGES = 40;
const KEPT_MS = 60_000;
const DAY_MS = 86_400_000;

const kept = new Map();
let shown = location.pathname + location.search;
let running = null;

class NoLine extends Error {}

// What the network refuses is no fault of the address, and a visit there would fail alike.
const overLine = (promise) => promise.catch((error) => { throw error.name === "AbortError" ? error : new NoLine(error.message); });

async function fetchPage(address, signal) {
  const found = kept.get(address);
  if (found && Date.now() - found.at < KEPT_MS) return found.text;
  const answer = await overLine(fetch(address, { headers: { Accept: "text/html" }, signal }));
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const text = await overLine(answer.text());
  kept.set(address, { at: Date.now(), text });
  if (kept.size > KEPT_PAGES) kept.delete(kept.keys().next().value);
  return text;
}

// Children are exchanged and not the region: what reads the page aloud keeps hold of it.
function exchange(region, fresh) {
  if (region.innerHTML === fresh.innerHTML) return;
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...region.querySelectorAll("details[open][id]")].map((box) => box.id);
  // Moving its options one by one makes a menu choose another each time.
  const chosen = fresh.tagName === "SELECT" ? fresh.value : null;
  region.replaceChildren(...fresh.childNodes);
  if (chosen !== null) region.value = chosen;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function showPage(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const regions = [...document.querySelectorAll("[data-live][id]")].map((region) => [region, page.getElementById(region.id)]);
  if (regions.some(([, fresh]) => !fresh)) return false;
  const boxes = [...page.querySelectorAll("[data-map]")].map((box) => box.dataset.source);
  document.title = page.title;
  for (const [region, fresh] of regions) exchange(region, fresh);
  for (const box of document.querySelectorAll('input[type="search"][id], input[data-window]')) {
    const fresh = page.getElementById(box.id);
    if (!fresh || box === document.activeElement) continue;
    if (box.type === "checkbox") box.checked = fresh.checked;
    else box.value = fresh.value;
  }
  [...document.querySelectorAll("[data-map]")].forEach((box, n) => {
    if (!boxes[n] || box.dataset.source === boxes[n]) return;
    box.dataset.source = boxes[n];
    box.dispatchEvent(new Event("sourcechange"));
  });
  document.dispatchEvent(new CustomEvent("followed", { detail: page }));
  return true;
}

// Without a connection the page stays as it was and says so, with the way to what was wished for.
function stall(address) {
  const box = document.querySelector("[data-stalled]");
  if (!box) return false;
  box.hidden = !address;
  if (address) box.querySelector("a").href = address;
  return true;
}

addEventListener("online", () => {
  const box = document.querySelector("[data-stalled]:not([hidden])");
  if (box) follow(box.querySelector("a").href);
});

// One request at a time: a newer wish ends the older one. Whatever else goes wrong ends in an ordinary visit.
async function follow(address, history_ = "push") {
  const url = new URL(address, location.href);
  const wanted = url.pathname + url.search;
  if (wanted === shown && history_ !== "none") return true;
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const slow = setTimeout(() => document.documentElement.classList.add("following"), SLOW_MS);
  try {
    const text = await fetchPage(url.href, mine.signal);
    if (mine.signal.aborted) return false;
    if (!showPage(text)) throw new Error("another page");
    stall(null);
    shown = wanted;
    if (history_ === "push") history.pushState(null, "", url);
    if (history_ === "replace") history.replaceState(history.state, "", url);
    return true;
  } catch (error) {
    if (error.name !== "AbortError" && !(error instanceof NoLine && stall(url.href))) location.assign(url);
    return false;
  } finally {
    clearTimeout(slow);
    if (running === mine) document.documentElement.classList.remove("following");
  }
}

function addressOf(form) {
  const url = new URL(form.action, location.href);
  url.search = "";
  for (const [name, value] of new FormData(form)) if (value) url.searchParams.append(name, value);
  return url;
}

addEventListener("popstate", () => {
  if (location.pathname + location.search !== shown) follow(location.href, "none");
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  if (!link?.closest("[data-follow]") || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (new URL(link.href).pathname !== location.pathname) return;
  event.preventDefault();
  const paging = link.closest(".pager");
  if (await follow(link.href) && paging) {
    const top = document.getElementById("found");
    top.scrollIntoView();
    top.setAttribute("tabindex", "-1");
    top.focus({ preventScroll: true });
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.method !== "get" || !event.target.closest("[data-follow]")) return;
  event.preventDefault();
  follow(addressOf(event.target));
});

const narrow = document.querySelector("form[data-follow]");
if (narrow) {
  let timer = null;
  let typing = false;
  const apply = (how) => { clearTimeout(timer); follow(addressOf(narrow), how); };
  document.addEventListener("input", (event) => {
    if (event.target.form !== narrow || event.target.type !== "search") return;
    clearTimeout(timer);
    timer = setTimeout(() => { apply(typing ? "replace" : "push"); typing = true; }, TYPING_MS);
  });
  document.addEventListener("change", (event) => {
    if (event.target.form !== narrow) return;
    typing = false;
    apply("push");
  });
}

const within = document.querySelector("input[data-window]");
if (within) {
  const box = document.querySelector("[data-map]");
  let timer = null;
  const apply = () => {
    const url = new URL(location.href);
    url.searchParams.delete("window");
    if (within.checked) url.searchParams.set("window", box.dataset.window);
    follow(url, "replace");
  };
  // Only a map that moves has a window to speak of.
  const wanted = () => {
    if (box.dataset.window) return apply();
    box.addEventListener("mapdrawn", apply, { once: true });
    box.dispatchEvent(new Event("mapwanted"));
  };
  box.addEventListener("mapmoved", () => {
    clearTimeout(timer);
    if (within.checked) timer = setTimeout(apply, TYPING_MS);
  });
  within.addEventListener("change", wanted);
}

function slide(replay) {
  const slider = replay.querySelector("input");
  const output = replay.querySelector("output");
  const play = replay.querySelector("[data-play]");
  const words = play.querySelector("span");
  const language = { en: "en-GB", ar: "ar-u-nu-latn" }[document.documentElement.lang] ?? document.documentElement.lang;
  const written = (month) => {
    const format = new Intl.DateTimeFormat(language, { day: "numeric", month, year: "numeric", timeZone: "UTC" });
    // As the server writes it: French counts the first of a month and no other.
    return { format: (day) => format.format(day).replace(language === "fr" ? /^1(?!\d)/ : /$^/, "1er") };
  };
  const [short, long] = [written("short"), written("long")];
  let timer = null;
  let playing = false;
  let sliding = false;
  let moving = false;

  const dayOf = (step) => new Date(Date.parse(replay.dataset.first) + step * DAY_MS);
  const addressOn = (step) => {
    const url = new URL(location.href);
    url.searchParams.set("as_of", dayOf(step).toISOString().slice(0, 10));
    url.searchParams.delete("known_on");
    return url;
  };
  const name = () => {
    output.textContent = short.format(dayOf(slider.valueAsNumber));
    slider.setAttribute("aria-valuetext", long.format(dayOf(slider.valueAsNumber)));
  };
  const show = (state) => {
    playing = state;
    play.dataset.playing = state ? "yes" : "";
    words.textContent = state ? play.dataset.wordsPause : play.dataset.wordsPlay;
  };
  // The next day is asked for only when the last one stands, so that a slow server sets the pace.
  const run = async () => {
    if (slider.valueAsNumber >= Number(slider.max)) slider.value = 0;
    else slider.value = slider.valueAsNumber + 1;
    let how = "push";
    while (playing) {
      name();
      const began = Date.now();
      if (!await follow(addressOn(slider.valueAsNumber), how)) break;
      how = "replace";
      if (slider.valueAsNumber >= Number(slider.max)) break;
      fetchPage(addressOn(slider.valueAsNumber + 1).href).catch(() => {});
      await new Promise((resolve) => { timer = setTimeout(resolve, Math.max(300, STEP_MS - (Date.now() - began))); });
      if (playing) slider.value = slider.valueAsNumber + 1;
    }
    show(false);
  };

  slider.addEventListener("input", () => {
    show(false);
    name();
    moving = true;
    clearTimeout(timer);
    timer = setTimeout(() => { moving = false; follow(addressOn(slider.valueAsNumber), sliding ? "replace" : "push"); sliding = true; }, TYPING_MS);
  });
  slider.addEventListener("change", () => {
    clearTimeout(timer);
    moving = false;
    follow(addressOn(slider.valueAsNumber), sliding ? "replace" : "push");
    sliding = false;
  });
  play.addEventListener("click", () => {
    if (playing) { show(false); return; }
    show(true);
    run();
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) show(false); });
  document.addEventListener("followed", (event) => {
    const fresh = event.detail.querySelector("[data-replay]");
    if (!fresh) return;
    replay.dataset.first = fresh.dataset.first;
    slider.max = fresh.querySelector("input").max;
    if (!moving) slider.value = fresh.querySelector("input").value;
    for (const end of replay.querySelectorAll("[data-end]")) end.textContent = fresh.querySelector(`[data-end="${end.dataset.end}"]`).textContent;
    name();
  });
}
for (const replay of document.querySelectorAll("[data-replay]")) slide(replay);
