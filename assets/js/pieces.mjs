// Files go out in pieces while the form is still being filled in, and go on where a lost line cut them off.
const PIECE_BYTES = 256 * 1024;
const PAUSES_MS = [1000, 3000, 10_000, 30_000];

const form = document.querySelector("form[data-pieces]");
if (form && globalThis.crypto?.subtle) start(form);

function start(form) {
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
