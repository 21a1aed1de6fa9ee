// Passkeys: asks the device, puts its answer into the form and sends the form. Only on pages with such a form.
(() => {
  "use strict";
  const form = document.querySelector("form[data-passkey]");
  const canParse =
    window.PublicKeyCredential &&
    PublicKeyCredential.parseRequestOptionsFromJSON &&
    PublicKeyCredential.parseCreationOptionsFromJSON;
  const isNamed = !/^(\[.*\]|[\d.]+)$/.test(location.hostname);
  if (!form || !canParse || !isNamed) return;
  const button = form.querySelector("button[type=submit]");
  const note = form.querySelector("[data-passkey-note]");
  const say = JSON.parse(note.dataset.passkeyNote); // the page has the words, in its language

  const challenge = async () => {
    const answer = await fetch(form.dataset.challenge, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
    if (answer.status === 429) throw new Error(say.tooMany);
    if (!answer.ok) throw new Error(say.unreached);
    return answer.json();
  };
  const ask = async () => {
    if (form.dataset.passkey === "create") {
      const { publicKey } = JSON.parse(form.dataset.options);
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
    }
    const { publicKey } = await challenge();
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  };
  const words = (error) => {
    if (error.name === "NotAllowedError") return say.refused;
    if (error.name === "InvalidStateError") return say.known;
    if (error.name === "Error") return error.message;
    return say.failed;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    note.textContent = say.asking;
    try {
      form.elements.credential.value = JSON.stringify(await ask());
      form.submit();
    } catch (error) {
      note.textContent = words(error);
      button.disabled = false;
    }
  });
  note.textContent = "";
  button.hidden = false;
})();
