// Small comforts for pages that are complete without them.

// On a phone the links to pages move sideways: the one where the reader is stands in sight.
const here = document.querySelector(".nav [aria-current]");
if (here) {
  const list = here.closest("ul");
  const middle = (box) => { const { left, width } = box.getBoundingClientRect(); return left + width / 2; };
  list.scrollBy({ left: middle(here) - middle(list), behavior: "instant" });
}

// A filter or a day that is chosen is applied at once; the button stays for those without this script.
for (const form of document.querySelectorAll("form[data-autosubmit]")) {
  form.addEventListener("change", (event) => {
    if (event.target.type === "date" && !event.target.value) return;
    form.requestSubmit();
  });
}

// Empty fields would only lengthen the address that people copy.
for (const form of document.querySelectorAll('form[method="get"]')) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    setTimeout(() => { for (const field of form.elements) field.disabled = false; }, 0);
  });
}

// What takes long says so once it is sent, and is not sent twice.
for (const note of document.querySelectorAll("form [data-busy]")) {
  const form = note.closest("form");
  const set = (busy) => {
    note.hidden = !busy;
    for (const button of form.querySelectorAll("button")) button.disabled = busy;
  };
  // After the browser has taken what is sent, of which a pressed button is a part.
  form.addEventListener("submit", (event) => setTimeout(() => { if (!event.defaultPrevented) set(true); }, 0));
  addEventListener("pageshow", (event) => { if (event.persisted) set(false); });
}

// How far a file is that a link makes is told by a script that comes when it is first wanted; without it the link is one.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-save]");
  const box = link?.closest("[data-saves]").querySelector("[data-script]");
  if (!box || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const { script } = box.dataset;
  delete box.dataset.script;
  await import(script).catch(() => {});
  link.click();
});

// Work under way is looked at again while somebody looks on, until it is done; nobody's place on the page is moved.
const AGAIN_MS = 5000, MOST_TIMES = 120;
const under = () => document.querySelector("main [data-again]");
async function again(times) {
  if (!under() || times > MOST_TIMES) return;
  if (!document.hidden) {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    // Led elsewhere: signed out meanwhile. What stands here is kept, and no longer called up to date.
    if (!answer?.ok || answer.redirected) {
      const lost = under().querySelector("[data-lost]");
      if (lost) lost.hidden = false;
      if (answer) return;
      setTimeout(again, AGAIN_MS, times + 1);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("main [data-live][id], main [data-again]")) {
      const fresh = page.getElementById(old.id);
      if (old.contains(document.activeElement)) continue;
      if (!fresh) old.remove();
      else if (fresh.innerHTML !== old.innerHTML) old.replaceWith(document.adoptNode(fresh));
    }
  }
  setTimeout(again, AGAIN_MS, times + 1);
}
if (under()) setTimeout(again, AGAIN_MS, 1);
