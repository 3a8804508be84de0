// Reporting where the connection is poor: what is typed stays on the device until it is sent, and is sent once.
const PREFIX = "heritage-report:";
const PAUSE_MS = 400;
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
