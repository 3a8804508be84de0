// Reporting where the connection is poor: what is typed stays on the device until it is sent, and is sent once.
const PREFIX = "heritage-report:";
const PAUSE_MS = 400;
const PIECE_BYTES = 256 * 1024;
const PAUSES_MS = [1000, 3000, 10_000, 30_000];
// What a copy may weigh that goes ahead of its picture, and how it is tried: longest side in pixels, quality.
const COPY_BYTES = 200_000;
const LONGEST_WAIT_MS = 7 * 86_400_000;
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
  store.erase();
  follow(filed).catch(() => { /* without a store of the browser's own nothing waits in it */ });
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
  const waits = restore(form, owner, tell);
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
  erase.addEventListener("click", () => { clearTimeout(timer); timer = null; store.erase(); form.reset(); location.assign(location.pathname); });

  form.addEventListener("submit", (event) => {
    if (event.submitter?.value === "keep") store.erase();
    if (event.submitter?.value !== "send") return;
    clearTimeout(timer);
    timer = null;
    // Were the line lost underway, the device still knows that this is to be sent.
    hold(true);
    if (navigator.onLine && !empty) return;
    event.preventDefault();
    tell(form.dataset.kept);
    // The same client id goes out again, so that whatever came through is one report.
    if (empty) awaitLine(form);
    else addEventListener("online", () => form.requestSubmit(event.submitter), { once: true });
  });
  suggest(form);
  pick(form, keep);
  // Without a secure context nothing can be hashed here, and the form carries the files itself.
  if (form.dataset.pieces && globalThis.crypto?.subtle) takePieces(form);
  if (form.dataset.worker) keepForm(form).catch(() => { /* a device that keeps nothing has no form without a network */ });
  if (waits && empty) awaitLine(form);
  if (waits && !empty) sendOn(form, tell);
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

// Returns whether what came back was to be sent when the line was lost.
function restore(form, owner, tell) {
  const kept = store.read();
  const shown = new URLSearchParams(location.search);
  if (!kept?.fields) return false;
  // Somebody else's words are shown to nobody, and do not stay.
  if (kept.owner && owner && kept.owner !== owner) store.erase();
  if (kept.owner && kept.owner !== owner) return false;
  // A form that came back with errors, or a draft asked for, holds newer words than the device does.
  if (form.querySelector(".problems")) store.write({ ...kept, send: false });
  if (form.querySelector(".problems") || shown.get("draft")) return false;
  const values = new Map(kept.fields);
  const site = values.get("site");
  if (shown.get("site") && site && shown.get("site") !== site) return false;
  if (form.elements.what.value) return false;
  // A stranger's form is named and signed together: what was written without a line takes the name of this one.
  const named = !form.elements.form_token?.value || values.get("form_token");
  for (const [name, value] of values) {
    const field = form.elements[name];
    if (name === "site" || ((name === "client_id" || name === "form_token") && !named)) continue;
    if (field && typeof value === "string") field.value = value;
  }
  restoreFiles(form, kept.fields);
  if (site && form.elements.site.value === undefined) return false;
  if (site && !form.elements.site.value) form.elements.site.value = site;
  tell(form.dataset.restored);
  return kept.send === true;
}

// Files that are at the server already stay named.
function restoreFiles(form, fields) {
  const list = form.querySelector("[data-sent]");
  if (!list) return;
  for (const [name, hash] of fields) {
    if (name !== "sent" || list.querySelector(`input[value="${CSS.escape(hash)}"]`)) continue;
    const line = list.appendChild(document.createElement("li"));
    line.replaceChildren(kept(`${list.children.length}`, hash, list.children.length));
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

// Files go out in pieces while the form is still being filled in, and go on where a lost line cut them off. Of a large
// picture a small copy goes first, made here and without what cameras write into files; the report waits for no more.
function takePieces(form) {
  const field = form.querySelector('input[type="file"]');
  const list = form.querySelector("[data-sent]");
  let underWay = 0;
  let waiting = null;
  let originals = follow(form).catch(() => {});

  field.addEventListener("change", () => {
    const chosen = [...field.files];
    field.value = "";
    for (const file of chosen) send(file);
  });
  // The report follows its files: were it sent first, they would be lost.
  form.addEventListener("submit", (event) => {
    if (!underWay || event.submitter?.value !== "send") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = event.submitter;
    say(form, form.dataset.underWay);
  }, { capture: true });

  async function send(file) {
    const line = list.appendChild(document.createElement("li"));
    underWay += 1;
    try {
      const copy = form.dataset.originals && await smaller(file);
      const waits = copy && await putOff(form, file).catch(() => null);
      await bring(waits ? copy : file, file.name, line);
      if (waits) originals = originals.then(() => whole(file, waits, line));
    } catch {
      // The plain way is still there: the file goes with the form.
      line.remove();
      field.files = together(field.files, file);
    }
    underWay -= 1;
    if (underWay === 0 && waiting) form.requestSubmit(waiting);
  }

  async function bring(data, name, line) {
    const hash = await sha256(data);
    await carry(form, data, hash, (part) => { line.textContent = `${name} · ${Math.floor(part * 100)} %`; });
    line.replaceChildren(kept(name, hash, list.children.length));
  }

  // Where the report is still being written when its picture has come whole, it takes the place of the copy.
  async function whole(file, hash, line) {
    try {
      await carry(form, file, hash, () => {});
      const tick = line.querySelector("input");
      if (tick) tick.value = hash;
      await forget(hash);
    } catch { /* it stays with the device and follows later */ }
  }
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

// Originals wait in the browser's own store until they have arrived, whatever page is open by then.
function waitingRoom() {
  return new Promise((done, fail) => {
    const asked = indexedDB.open("heritage-originals", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("originals", { keyPath: "hash" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

async function inRoom(mode, act) {
  const room = await waitingRoom();
  try {
    return await new Promise((done, fail) => {
      const asked = act(room.transaction("originals", mode).objectStore("originals"));
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
  } finally {
    room.close();
  }
}

async function putOff(form, file) {
  const hash = await sha256(file);
  await inRoom("readwrite", (all) => all.put({ hash, file, at: Date.now(), owner: form.dataset.owner, client: form.elements.client_id.value }));
  return hash;
}

const forget = (hash) => inRoom("readwrite", (all) => all.delete(hash));

// Originals of reports that have come in already go after them, one by one.
async function follow(place) {
  if (!place.dataset.originals) return;
  const own = (await inRoom("readonly", (all) => all.getAll())).filter((each) => each.client !== place.elements?.client_id.value);
  const token = place.querySelector('input[name="csrf_token"]').value;
  for (const { hash, file, at, owner, client } of own) {
    if (owner !== place.dataset.owner) { await forget(hash); continue; }
    if (place.dataset.following) say(place, place.dataset.following);
    await carry(place, file, hash, () => {});
    const body = new URLSearchParams({ csrf_token: token, client_id: client, sent: hash });
    const answer = await fetch(place.dataset.originals, { method: "POST", body });
    // Its report may not have been sent yet; what was never sent, or taken back, does not stay on the device for ever.
    if (answer.ok || answer.status === 400 || Date.now() - at > LONGEST_WAIT_MS) await forget(hash);
  }
  if (own.length && place.dataset.followed) say(place, place.dataset.followed);
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

async function carry(form, file, hash, tell) {
  const url = form.dataset.pieces.replace(/0{64}/, hash);
  let at = await offset(() => fetch(url));
  while (at < file.size) {
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
    if (answer?.ok) return Number(answer.headers.get("Upload-Offset"));
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

function kept(name, hash, number) {
  const box = document.createElement("span");
  box.className = "check";
  const tick = document.createElement("input");
  Object.assign(tick, { type: "checkbox", name: "sent", value: hash, id: `sent-file-${number}`, checked: true });
  const label = document.createElement("label");
  label.htmlFor = tick.id;
  const isolated = document.createElement("bdi");
  isolated.textContent = name;
  label.append(isolated, " ✓");
  box.append(tick, label);
  return box;
}

function together(files, file) {
  const all = new DataTransfer();
  for (const each of [...files, file]) all.items.add(each);
  return all.files;
}
