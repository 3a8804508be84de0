// Small comforts for pages that are complete without them.

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
