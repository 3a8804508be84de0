// Reporting where the connection is poor: what is typed stays on the device until it is sent, and is sent once.
const PREFIX = "heritage-report:";
const PAUSE_MS = 400;
const PIECE_BYTES = 256 * 1024;
const PAUSES_MS = [1000, 3000, 10_000, 30_000];
// What a copy may weigh that goes ahead of its picture, and how it is tried: longest side in pixels, quality.
const COPY_BYTES = 200_000;
const LONGEST_WAIT_MS = 7 * 86_400_000;
const SMALL_PX = 96;
const COPIES = [[1600, 0.7], [1280, 0.6], [1024, 0.5], [800, 0.45], [640, 0.4], [480, 0.35]];
const SKIPPED = new Set(["csrf_token", "do"]);
// Where the worker finds the form for bad lines; worker.mjs knows it by the same name.
const KEPT = "heritage-form";
// A form of strangers is believed only when it was open for a moment.
const OPEN_FOR_MS = 2500;

const store = {
  read: () => { try { return JSON.parse(localStorage.getItem(`${PREFIX}open`) ?? "null"); } catch { return null; } },
  whose: () => { try { return localStorage.getItem(`${PREFIX}whose`) ?? ""; } catch { return ""; } },
  belong: (owner) => { try { localStorage.setItem(`${PREFIX}whose`, owner); } catch { /* as below */ } },
  write: (kept) => { try { localStorage.setItem(`${PREFIX}open`, JSON.stringify(kept)); } catch { /* a full or shut store only loses comfort */ } },
  erase: () => { try { localStorage.removeItem(`${PREFIX}open`); } catch { /* as above */ } },
};

// Once it has come in, nothing of it stays here but pictures that still follow.
const filed = document.querySelector("[data-filed]");
if (filed) {
  const client = clientOf(store.read());
  store.erase();
  settle(filed, client).catch(() => { /* without a store of the browser's own nothing waits in it */ });
}

const form = document.querySelector("form[data-filing]");
if (form) start(form);

function start(form) {
  const say = form.querySelector("[data-say]");
  const tell = (text) => { say.textContent = text; say.hidden = false; };
  const erase = form.querySelector("[data-erase]");
  const empty = "empty" in form.dataset;
  const owner = empty ? store.whose() : form.dataset.owner;
  if (empty) fresh(form);
  else store.belong(owner);
  const before = clientOf(store.read());
  const back = restore(form, owner, tell);
  const waits = back?.send === true;
  erase.hidden = !store.read();

  let timer = null;
  const hold = (send) => store.write({ owner, send, fields: [...new FormData(form)].filter(([name, value]) => !SKIPPED.has(name) && typeof value === "string") });
  const write = () => {
    timer = null;
    hold(false);
    erase.hidden = false;
  };
  const keep = () => {
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE_MS);
  };
  form.addEventListener("input", keep);
  // A page that is closed or loses its phone's attention keeps the last words too.
  addEventListener("pagehide", () => { if (timer) write(); });
  erase.addEventListener("click", async () => {
    clearTimeout(timer);
    timer = null;
    store.erase();
    await inRoom("readwrite", (all) => all.clear()).catch(() => { /* where nothing can be kept nothing is */ });
    form.reset();
    location.assign(location.pathname);
  });

  form.addEventListener("submit", (event) => {
    if (event.submitter?.value === "keep") store.erase();
    if (event.submitter?.value !== "send") return;
    clearTimeout(timer);
    timer = null;
    // Were the line lost underway, the device still knows that this is to be sent.
    hold(true);
    // An original that arrives from here on goes after the report, for what the report brings is settled.
    if (navigator.onLine && !empty) { form.dataset.leaving = "yes"; return; }
    event.preventDefault();
    tell(form.dataset.kept);
    // The same client id goes out again, so that whatever came through is one report.
    if (empty) awaitLine(form);
    else addEventListener("online", () => form.requestSubmit(event.submitter), { once: true });
  });
  suggest(form);
  pick(form, keep);
  // Without a secure context nothing can be hashed here, and the form carries the files itself.
  const files = globalThis.crypto?.subtle ? takeFiles(form, { owner, hold, wasUnder: back ? before : "", shown: () => { erase.hidden = false; } }) : null;
  if (form.dataset.worker) keepForm(form).catch(() => { /* a device that keeps nothing has no form without a network */ });
  if (waits && empty) awaitLine(form);
  if (waits && !empty) Promise.resolve(files).then(() => sendOn(form, tell));
}

function clientOf(kept) {
  return new Map(kept?.fields ?? []).get("client_id") ?? "";
}

// The form without a network belongs to nobody yet: the report gets its name here, and its site from the address.
function fresh(form) {
  form.elements.client_id.value ||= [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  form.elements.site.value ||= new URLSearchParams(location.search).get("site") ?? "";
}

// The whole form comes back by itself once the server answers, and brings what was to be sent along.
function awaitLine(form) {
  if (form.dataset.awaiting) return;
  form.dataset.awaiting = "yes";
  const look = async (tries) => {
    await pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
    const answer = navigator.onLine && await fetch(form.dataset.filing, { cache: "no-store" }).catch(() => null);
    if (answer) location.assign(location.pathname + location.search);
    else look(tries + 1);
  };
  look(0);
}

function sendOn(form, tell) {
  tell(form.dataset.sending);
  const send = () => form.requestSubmit(form.querySelector('button[value="send"]'));
  if (form.elements.form_token?.value) setTimeout(send, OPEN_FOR_MS);
  else send();
}

// What the worker shows without a network: the empty form and what it is drawn with, always the newest.
async function keepForm(form) {
  if (!navigator.serviceWorker || !globalThis.caches) return;
  await navigator.serviceWorker.register(form.dataset.worker, { scope: new URL(form.action).pathname });
  const blank = await fetch(form.dataset.blank, { cache: "no-store" });
  if (!blank.ok || blank.redirected) return;
  const cache = await caches.open(KEPT);
  const families = new Set([...document.querySelectorAll("body, body *")].map((each) => getComputedStyle(each).fontFamily));
  await Promise.all([...families].flatMap((family) => [400, 600].map((weight) => document.fonts.load(`${weight} 1em ${family}`, document.title))));
  const drawn = [...document.querySelectorAll('link[rel="stylesheet"], link[rel="icon"]')].map((link) => link.href);
  const fonts = performance.getEntriesByType("resource").map((each) => each.name).filter((name) => name.endsWith(".woff2"));
  const urls = [...new Set([...drawn, ...fonts, import.meta.url])];
  await cache.addAll(urls);
  await cache.put(blank.url, blank);
  const wanted = new Set([...urls, blank.url]);
  for (const old of await cache.keys()) if (!wanted.has(old.url)) await cache.delete(old);
  await navigator.serviceWorker.ready;
  form.dataset.ready = "yes";
}

// Returns what came back, which may have been to be sent when the line was lost; null when it is another report's.
function restore(form, owner, tell) {
  const kept = store.read();
  const shown = new URLSearchParams(location.search);
  if (!kept?.fields) return null;
  // Somebody else's words are shown to nobody, and do not stay.
  if (kept.owner && owner && kept.owner !== owner) store.erase();
  if (kept.owner && kept.owner !== owner) return null;
  // A form that came back with errors, or a draft asked for, holds newer words than the device does.
  if (form.querySelector(".problems")) store.write({ ...kept, send: false });
  if (form.querySelector(".problems")) return { send: false };
  if (shown.get("draft")) return null;
  const values = new Map(kept.fields);
  const site = values.get("site");
  if (shown.get("site") && site && shown.get("site") !== site) return null;
  if (form.elements.what.value) return null;
  // A stranger's form is named and signed together: what was written without a line takes the name of this one.
  const named = !form.elements.form_token?.value || values.get("form_token");
  for (const [name, value] of values) {
    const field = form.elements[name];
    if (name === "site" || ((name === "client_id" || name === "form_token") && !named)) continue;
    if (field && typeof value === "string") field.value = value;
  }
  restoreFiles(form, kept.fields);
  if (site && form.elements.site.value === undefined) return null;
  if (site && !form.elements.site.value) form.elements.site.value = site;
  tell(form.dataset.restored);
  return { send: kept.send === true };
}

// Files that are at the server already stay named.
function restoreFiles(form, fields) {
  const list = form.querySelector("[data-sent]");
  if (!list) return;
  for (const [name, hash] of fields) {
    if (name !== "sent" || list.querySelector(`input[value="${CSS.escape(hash)}"]`)) continue;
    const line = list.appendChild(document.createElement("li"));
    line.replaceChildren(kept(`${list.children.length}`, hash));
  }
}

function suggest(form) {
  const field = form.elements.site_query;
  const list = form.querySelector("datalist");
  let timer = null;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (field.value.trim().length < 2) return;
    timer = setTimeout(async () => {
      try {
        const url = new URL(form.dataset.filing, location.href);
        url.searchParams.set("q", field.value);
        const answer = await fetch(url);
        if (!answer.ok) return;
        list.replaceChildren(...(await answer.json()).map((site) => {
          const option = document.createElement("option");
          option.value = site.name;
          option.label = site.about;
          return option;
        }));
      } catch { /* without suggestions the button finds the site */ }
    }, PAUSE_MS);
  });
}

function pick(form, keep) {
  form.querySelector("[data-pick]")?.addEventListener("mapclick", (event) => {
    form.elements.lon.value = event.detail.lon.toFixed(5);
    form.elements.lat.value = event.detail.lat.toFixed(5);
    if (!form.elements.radius_km.value) form.elements.radius_km.value = "1";
    const point = form.querySelector('input[name="where"][value="point"]');
    if (point) point.checked = true;
    keep();
  });
}

// What is chosen stays with the device until its report has come in, also without a line; with one it goes out in pieces
// while the form is still being filled in, and goes on where a lost line cut it off. Of a large picture a small copy goes
// first, made here and without what cameras write into files; the report waits for no more. Gives when all of before is back.
function takeFiles(form, { owner, hold, wasUnder, shown }) {
  const field = form.querySelector('input[type="file"]');
  const list = form.querySelector("[data-sent]");
  const client = form.elements.client_id.value;
  const chosen = new Map();
  let underWay = 0;
  let waiting = null;
  let originals = Promise.resolve();

  field.addEventListener("change", () => {
    const files = [...field.files];
    field.value = "";
    for (const file of files) during(() => choose(file));
  });
  // The report follows its files: were it sent first, they would be lost.
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "send" || "empty" in form.dataset) return;
    if (!underWay && !form.dataset.pieces) field.files = together([...chosen.values()].map((each) => each.sent ?? each.file));
    if (!underWay) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    hold(true);
    waiting = event.submitter;
    if (form.dataset.underWay) say(form, form.dataset.underWay);
  }, { capture: true });
  return during(bringBack);

  async function during(act) {
    underWay += 1;
    await act().catch(() => { /* each tells of itself */ });
    underWay -= 1;
    if (underWay === 0 && waiting) form.requestSubmit(waiting);
  }

  async function choose(file) {
    const hash = await sha256(file).catch(() => null);
    if (!hash) { say(form, form.dataset.unread); return; }
    if (chosen.has(hash)) return;
    const item = { hash, file, name: file.name, at: Date.now(), owner, client };
    item.kept = await keepItem(item).then(() => true, () => false);
    // What this device does not keep must at least be known to be so.
    if (!item.kept) say(form, form.dataset.refused);
    if (!item.kept && "empty" in form.dataset) return;
    await show(item);
  }

  async function bringBack() {
    const all = await inRoom("readonly", (room) => room.getAll()).catch(() => []);
    const ours = all.filter((each) => !each.filed && each.owner === owner && (each.client === client || each.client === wasUnder));
    for (const item of ours.sort((one, other) => one.at - other.at)) {
      if (item.client !== client) await forget(item);
      item.client = client;
      item.kept = await keepItem(item).then(() => true, () => false);
      during(() => show(item));
    }
    await tidy(all, client).catch(() => {});
    if (form.dataset.originals) originals = follow(form).catch(() => {});
  }

  async function show(item) {
    const line = (item.brought && list.querySelector(`input[value="${CSS.escape(item.brought)}"]`)?.closest("li")) || list.appendChild(document.createElement("li"));
    chosen.set(item.hash, item);
    shown();
    await fill(form, line, item, () => drop(item, line));
    if (form.dataset.pieces) await send(item, line);
    else if (!("empty" in form.dataset)) item.sent = await ahead(item);
  }

  async function ahead(item) {
    const copy = await smaller(item.file);
    return copy && new File([copy], "picture.jpg", { type: copy.type });
  }

  async function send(item, line) {
    const state = line.querySelector("[data-state]");
    try {
      const copy = form.dataset.originals && item.kept && !item.whole && await smaller(item.file);
      const hash = copy ? await sha256(copy) : item.hash;
      await carry(form, copy || item.file, hash, (part) => { state.textContent = `${Math.floor(part * 100)} %`; }, () => line.isConnected);
      arrived(item, line, hash);
      state.textContent = "";
      if (copy) originals = originals.then(() => whole(item, line));
    } catch {
      if (!line.isConnected) return;
      // The plain way is still there: the file goes with the form.
      field.files = together([...field.files, item.file]);
      state.textContent = "";
      await change(item, { whole: true });
    }
  }

  function arrived(item, line, hash) {
    if (item.brought && item.brought !== hash) letGo(item.brought);
    line.querySelector("[data-name]").replaceChildren(kept(item.name, hash));
    return change(item, { brought: hash, whole: hash === item.hash });
  }

  // Where the report is still being written when its picture has come whole, it takes the place of the copy.
  async function whole(item, line) {
    try {
      await carry(form, item.file, item.hash, () => {}, () => line.isConnected);
      if (!form.dataset.leaving && line.querySelector("input")?.checked) await arrived(item, line, item.hash);
    } catch { /* it stays with the device and follows later */ }
  }

  // Its pieces are thrown away with the report.
  function letGo(hash) {
    const past = form.appendChild(document.createElement("input"));
    Object.assign(past, { type: "hidden", name: "past", value: hash });
  }

  async function drop(item, line) {
    line.remove();
    chosen.delete(item.hash);
    if (form.dataset.pieces) for (const hash of new Set([item.brought, item.hash])) if (hash) letGo(hash);
    field.files = together([...field.files].filter((file) => file !== item.file));
    await forget(item).catch(() => {});
    field.focus();
  }
}

// One line of what was chosen: a small picture, name, size, and a way to take it off again.
async function fill(form, line, item, drop) {
  const name = document.createElement("span");
  name.dataset.name = "";
  name.append(document.createElement("bdi"));
  name.firstChild.textContent = item.name;
  const size = document.createElement("span");
  size.className = "muted";
  size.textContent = sizeOf(item.file.size);
  const state = document.createElement("span");
  Object.assign(state, { className: "muted" }).dataset.state = "";
  const off = document.createElement("button");
  Object.assign(off, { type: "button", className: "button-quiet", textContent: form.dataset.remove });
  off.setAttribute("aria-label", `${form.dataset.remove} ${item.name}`);
  off.addEventListener("click", drop);
  line.replaceChildren(name, size, state, off);
  const picture = /^image\//.test(item.file.type) && await createImageBitmap(item.file, { resizeWidth: SMALL_PX, resizeQuality: "medium" }).catch(() => null);
  if (!picture) return;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: picture.width, height: picture.height });
  canvas.setAttribute("aria-hidden", "true");
  canvas.getContext("2d").drawImage(picture, 0, 0);
  line.prepend(canvas);
}

function sizeOf(bytes) {
  const [number, unit] = bytes < 1e6 ? [Math.max(1, bytes / 1e3), "kilobyte"] : [bytes / 1e6, "megabyte"];
  const style = { style: "unit", unit, maximumFractionDigits: number < 10 && unit === "megabyte" ? 1 : 0 };
  return new Intl.NumberFormat(`${document.documentElement.lang}-u-nu-latn`, style).format(number);
}

async function smaller(file) {
  if (file.size <= COPY_BYTES || !/^image\/(jpeg|png|webp)$/.test(file.type)) return null;
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  const canvas = document.createElement("canvas");
  for (const [side, quality] of COPIES) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const copy = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (copy && copy.size <= COPY_BYTES) return copy;
  }
  return null;
}

// What was chosen waits in the browser's own store until it has arrived, whatever page is open by then.
function waitingRoom() {
  return new Promise((done, fail) => {
    const asked = indexedDB.open("heritage-originals", 2);
    asked.onupgradeneeded = () => {
      const room = asked.result;
      for (const old of room.objectStoreNames) room.deleteObjectStore(old);
      room.createObjectStore("files", { keyPath: ["client", "hash"] });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
    asked.onblocked = () => fail(new Error("blocked"));
  });
}

async function inRoom(mode, act) {
  const room = await waitingRoom();
  try {
    return await new Promise((done, fail) => {
      const transaction = room.transaction("files", mode);
      const asked = act(transaction.objectStore("files"));
      // Only at its end is a writing safe; a full disk is told of no sooner.
      transaction.oncomplete = () => done(asked.result);
      transaction.onabort = transaction.onerror = () => fail(transaction.error ?? asked.error);
    });
  } finally {
    room.close();
  }
}

const keepItem = ({ hash, client, file, name, at, owner, brought, whole, filed }) => inRoom("readwrite", (all) => all.put({ hash, client, file, name, at, owner, brought, whole, filed }));
const forget = ({ client, hash }) => inRoom("readwrite", (all) => all.delete([client, hash]));

async function change(item, to) {
  Object.assign(item, to);
  if (item.kept) await keepItem(item).catch(() => {});
}

// A report has come in: what came with it is done, and of what came as a copy the original follows.
async function settle(place, client) {
  for (const item of await inRoom("readonly", (all) => all.getAll())) {
    if (item.client !== client || item.filed) continue;
    if (item.whole || !place.dataset.originals) await forget(item);
    else await keepItem({ ...item, filed: true });
  }
  await follow(place);
}

// What belongs to somebody else, or to a report that was never sent, does not stay for ever.
async function tidy(all, client) {
  const open = clientOf(store.read());
  for (const item of all) {
    if (!item.filed && item.client !== client && item.client !== open && Date.now() - item.at > LONGEST_WAIT_MS) await forget(item);
  }
}

// Originals of reports that have come in already go after them, one by one.
async function follow(place) {
  if (!place.dataset.originals) return;
  const own = (await inRoom("readonly", (all) => all.getAll())).filter((each) => each.filed);
  const token = place.querySelector('input[name="csrf_token"]').value;
  let refused = "";
  for (const item of own) {
    if (item.owner !== place.dataset.owner) { await forget(item); continue; }
    if (place.dataset.following) say(place, place.dataset.following);
    await carry(place, item.file, item.hash, () => {});
    const body = new URLSearchParams({ csrf_token: token, client_id: item.client, sent: item.hash });
    const answer = await fetch(place.dataset.originals, { method: "POST", body });
    // Who was signed out meanwhile is asked to sign in: it stays until then.
    if (answer.redirected || answer.status >= 500) return;
    if (answer.status === 413) refused = await answer.text();
    await forget(item);
  }
  if (refused) say(place, refused);
  else if (own.length && place.dataset.followed) say(place, place.dataset.followed);
}

const say = (form, text) => {
  const notice = form.querySelector("[data-say]");
  notice.textContent = text;
  notice.hidden = false;
};

async function sha256(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A file in pieces; one that is no longer wanted stops.
async function carry(form, file, hash, tell, wanted = () => true) {
  const url = form.dataset.pieces.replace(/0{64}/, hash);
  let at = await offset(() => fetch(url));
  while (at < file.size) {
    if (!wanted()) throw new Error("not wanted");
    tell(at / file.size);
    const headers = { "X-CSRFToken": form.querySelector('input[name="csrf_token"]').value, "Upload-Offset": String(at), "Content-Type": "application/octet-stream" };
    const body = file.slice(at, at + PIECE_BYTES);
    at = await offset(() => fetch(url, { method: "PATCH", headers, body }));
  }
}

// Where the next piece begins. A lost line is waited out, a refusal is not.
async function offset(ask) {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask().catch(() => null);
    if (answer?.ok && !answer.redirected) return Number(answer.headers.get("Upload-Offset"));
    if (answer && answer.status < 500) throw new Error(String(answer.status));
    await pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    const done = () => { clearTimeout(timer); removeEventListener("online", done); resolve(); };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
  });
}

function kept(name, hash) {
  const box = document.createElement("span");
  box.className = "check";
  const tick = document.createElement("input");
  Object.assign(tick, { type: "checkbox", name: "sent", value: hash, id: `sent-${hash}`, checked: true });
  const label = document.createElement("label");
  label.htmlFor = tick.id;
  const isolated = document.createElement("bdi");
  isolated.textContent = name;
  label.append(isolated, " ✓");
  box.append(tick, label);
  return box;
}

function together(files) {
  const all = new DataTransfer();
  for (const each of files) all.items.add(each);
  return all.files;
}
