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
