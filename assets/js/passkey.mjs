// Passkeys: hands the server's options to the browser, and what the device answers back to the server.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function create(options) {
  options.challenge = bytes(options.challenge);
  options.user.id = bytes(options.user.id);
  options.excludeCredentials = (options.excludeCredentials ?? []).map((known) => ({ ...known, id: bytes(known.id) }));
  const made = await navigator.credentials.create({ publicKey: options });
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      attestationObject: text(made.response.attestationObject),
      clientDataJSON: text(made.response.clientDataJSON),
      transports: made.response.getTransports?.() ?? null,
    },
    extensions: JSON.stringify(made.getClientExtensionResults()),
  };
}

async function get(options) {
  options.challenge = bytes(options.challenge);
  options.allowCredentials = (options.allowCredentials ?? []).map((known) => ({ ...known, id: bytes(known.id) }));
  const shown = await navigator.credentials.get({ publicKey: options });
  return {
    id: shown.id,
    rawId: text(shown.rawId),
    type: shown.type,
    response: {
      authenticatorData: text(shown.response.authenticatorData),
      clientDataJSON: text(shown.response.clientDataJSON),
      signature: text(shown.response.signature),
      userHandle: shown.response.userHandle ? text(shown.response.userHandle) : null,
    },
    assertionClientExtensions: JSON.stringify(shown.getClientExtensionResults()),
  };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  try {
    const ceremony = form.dataset.passkey === "create" ? create : get;
    form.elements.credential.value = JSON.stringify(await ceremony(JSON.parse(form.dataset.options)));
    form.submit();
  } catch {
    const problem = form.querySelector(".problem");
    problem.textContent = form.dataset.failed;
    problem.hidden = false;
  }
}
