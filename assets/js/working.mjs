// Says how far long work is: files that a link makes, and forms that take long. All of it works as links and forms without this.
const FIRST_MS = 400, AGAIN_MS = 1000, SILENT_MS = 120000;
const TOKEN = /[0-9a-f]{32}/;
const language = { en: "en-GB", ar: "ar-u-nu-latn" }[document.documentElement.lang] ?? document.documentElement.lang;
const percent = new Intl.NumberFormat(language, { style: "percent" });

const newToken = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function watched(address, token) {
  const url = new URL(address, location.href);
  url.searchParams.set("watch", token);
  return url.href;
}

// A token is of one request: in an address that is copied or asked for again it would only stand about.
if (new URLSearchParams(location.search).has("watch")) {
  const url = new URL(location.href);
  url.searchParams.delete("watch");
  history.replaceState(history.state, "", url);
}

function show(box, words, done, of) {
  const bar = box.querySelector("progress"), line = box.querySelector("[data-words]");
  if (line.textContent !== words) line.textContent = words;
  if (of) {
    bar.max = of;
    bar.value = Math.min(done, of);
  } else bar.removeAttribute("value");
}

// Asks how far it is until it has ended, or nothing was heard of it for long; gives what stops the asking.
function ask(box, token, ended = () => {}) {
  let timer = null, stopped = false, known = false, heard = "", since = Date.now();
  const look = async () => {
    const answer = await fetch(box.dataset.ask.replace(TOKEN, token)).then((found) => (found.ok ? found.json() : null)).catch(() => null);
    if (stopped) return;
    known ||= Boolean(answer?.words);
    if (answer?.words) show(box, answer.words, answer.done, answer.of);
    if (answer?.ended) return ended(answer.ended);
    const said = JSON.stringify(answer);
    if (answer && said !== heard) [heard, since] = [said, Date.now()];
    // What another machine makes is not known here: then nothing is said of how it went.
    if (Date.now() - since > SILENT_MS) return ended(known ? "failed" : "unknown");
    timer = setTimeout(look, AGAIN_MS);
  };
  timer = setTimeout(look, FIRST_MS);
  return () => { stopped = true; clearTimeout(timer); };
}

// A file that a link makes: the browser takes it as it comes, the page asks beside it how far it is.
let saving = null;

function part(box, name) {
  for (const one of box.querySelectorAll("[data-part]")) one.hidden = one.dataset.part !== name;
}

function links(box, off) {
  for (const link of box.closest("[data-saves]").querySelectorAll("a[data-save]")) {
    if (off) link.setAttribute("aria-disabled", "true");
    else link.removeAttribute("aria-disabled");
  }
}

function save(box, address) {
  const token = newToken();
  saving = { box };
  show(box, "", 0, 0);
  part(box, "going");
  links(box, true);
  const end = (how) => {
    saving.stop();
    saving = null;
    part(box, how);
    links(box, false);
    if (how === "failed") box.dataset.again = address;
  };
  saving.stop = ask(box, token, end);
  const go = document.createElement("a");
  go.href = watched(address, token);
  go.download = "";
  go.click();
}

document.addEventListener("click", (event) => {
  const retry = event.target.closest("[data-retry]");
  if (retry && !saving) {
    const box = retry.closest("[data-saving]");
    // The button goes: whoever pressed it by keyboard stays where they were.
    box.closest("[data-saves]").querySelector("a[data-save]").focus({ preventScroll: true });
    return save(box, box.dataset.again);
  }
  const link = event.target.closest("a[data-save]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (!saving) save(link.closest("[data-saves]").querySelector("[data-saving]"), link.href);
});

// The list was narrowed while a file is made: the new links wait beside the old work.
document.addEventListener("followed", () => {
  const fresh = document.querySelector("[data-saving]");
  if (!saving || !fresh || fresh === saving.box) return;
  fresh.replaceWith(saving.box);
  links(saving.box, true);
});

// Forms. A file is sent by this script, which knows how much of it is sent; the rest goes as any form.
let working = null;

function rest(form, why) {
  const line = form.querySelector("[data-unsent] p");
  line.dataset.words ??= line.textContent;
  line.textContent = line.dataset.words;
  working?.();
  working = null;
  form.querySelector("[data-busy]").hidden = true;
  form.querySelector("[data-unsent]").hidden = why !== "unsent";
  for (const button of form.querySelectorAll("button")) button.disabled = false;
}

function answered(form, request) {
  if (request.getResponseHeader("Content-Type")?.startsWith("application/json")) {
    const token = newToken(), busy = form.querySelector("[data-busy]");
    show(busy, "", 0, 0);
    working = ask(busy, token);
    return location.assign(watched(JSON.parse(request.responseText).go, token));
  }
  const main = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
  if (request.status !== 422 || !main) {
    // Signed out, too large, too often: said here, where what was typed and chosen still stands.
    const lines = main ? [...main.querySelectorAll(main.querySelector(".notice") ? ".notice" : "h1, .state p")] : [];
    const said = lines.slice(0, 2).map((line) => line.textContent.trim()).join(": ");
    if (!said) return location.assign(request.responseURL || form.action);
    rest(form, "unsent");
    form.querySelector("[data-unsent] p").textContent = said;
    return;
  }
  working = null;
  document.querySelector("main").replaceWith(document.adoptNode(main));
  (main.querySelector(".problems a, h1") ?? main).scrollIntoView();
  main.focus({ preventScroll: true });
}

function send(form, data) {
  const busy = form.querySelector("[data-busy]"), request = new XMLHttpRequest();
  busy.hidden = false;
  form.querySelector("[data-unsent]").hidden = true;
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    if (total) show(busy, busy.dataset.sending.replace("{percent}", percent.format(loaded / total)), loaded, total);
  });
  request.upload.addEventListener("load", () => show(busy, "", 0, 0));
  request.addEventListener("load", () => answered(form, request));
  for (const broken of ["error", "timeout"]) request.addEventListener(broken, () => rest(form, "unsent"));
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json, text/html;q=0.9");
  request.send(data);
  working = () => request.abort();
}

document.addEventListener("submit", (event) => {
  const form = event.target, busy = form.querySelector("[data-busy]");
  if (event.defaultPrevented || !busy) return;
  if (working) return event.preventDefault();
  if (form.matches("[data-upload]")) {
    event.preventDefault();
    return send(form, new FormData(form, event.submitter));
  }
  const token = newToken();
  form.action = watched(form.getAttribute("action") ?? location.href, token);
  working = ask(busy, token);
});

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  if (saving) {
    saving.stop();
    part(saving.box, "");
    links(saving.box, false);
    saving = null;
  }
  for (const busy of document.querySelectorAll("form [data-busy]")) rest(busy.closest("form"), "");
});
