// Reporting where the connection is poor: what is typed stays on the device until it is sent, and is sent once.
const PREFIX = "heritage-report:";
const PAUSE_MS = 400;
const PIECE_BYTES = 256 * 1024;
const PAUSES_MS = [1000, 3000, 10_000, 30_000];
const SKIPPED = new Set(["csrf_token", "form_token", "do"]);

const store = {
  read: () => { try { return JSON.parse(localStorage.getItem(`${PREFIX}open`) ?? "null"); } catch { return null; } },
  write: (kept) => { try { localStorage.setItem(`${PREFIX}open`, JSON.stringify(kept)); } catch { /* a full or shut store only loses comfort */ } },
  erase: () => { try { localStorage.removeItem(`${PREFIX}open`); } catch { /* as above */ } },
};

// Once it has come in, nothing of it stays here.
if (document.querySelector("[data-filed]")) store.erase();

const form = document.querySelector("form[data-filing]");
if (form) start(form);

function start(form) {
  const say = form.querySelector("[data-say]");
  const tell = (text) => { say.textContent = text; say.hidden = false; };
  const erase = form.querySelector("[data-erase]");
  restore(form, tell);
  erase.hidden = !store.read();

  let timer = null;
  const write = () => {
    timer = null;
    store.write([...new FormData(form)].filter(([name]) => !SKIPPED.has(name)));
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
    if (navigator.onLine || event.submitter?.value !== "send") return;
    event.preventDefault();
    store.write([...new FormData(form)].filter(([name]) => !SKIPPED.has(name)));
    tell(form.dataset.kept);
    // The same client id goes out again, so that whatever came through is one report.
    addEventListener("online", () => form.requestSubmit(event.submitter), { once: true });
  });
  suggest(form);
  pick(form, keep);
  // Without a secure context nothing can be hashed here, and the form carries the files itself.
  if (form.dataset.pieces && globalThis.crypto?.subtle) takePieces(form);
}

function restore(form, tell) {
  const kept = store.read();
  const shown = new URLSearchParams(location.search);
  // A form that came back with errors, or a draft asked for, holds newer words than the device does.
  if (!kept || form.querySelector(".problems") || shown.get("draft")) return;
  const values = new Map(kept);
  const site = values.get("site");
  if (shown.get("site") && site && shown.get("site") !== site) return;
  if (form.elements.what.value) return;
  for (const [name, value] of values) {
    const field = form.elements[name];
    if (field && name !== "site" && typeof value === "string") field.value = value;
  }
  if (site && form.elements.site.value === undefined) return;
  if (site && !form.elements.site.value) form.elements.site.value = site;
  tell(form.dataset.restored);
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

// Files go out in pieces while the form is still being filled in, and go on where a lost line cut them off.
function takePieces(form) {
  const field = form.querySelector('input[type="file"]');
  const list = form.querySelector("[data-sent]");
  let underWay = 0;
  let waiting = null;

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
      const hash = await sha256(file);
      await carry(form, file, hash, (part) => { line.textContent = `${file.name} · ${Math.floor(part * 100)} %`; });
      line.replaceChildren(kept(file.name, hash, list.children.length));
    } catch {
      // The plain way is still there: the file goes with the form.
      line.remove();
      field.files = together(field.files, file);
    }
    underWay -= 1;
    if (underWay === 0 && waiting) form.requestSubmit(waiting);
  }
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
    const headers = { "X-CSRFToken": form.elements.csrf_token.value, "Upload-Offset": String(at), "Content-Type": "application/octet-stream" };
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
