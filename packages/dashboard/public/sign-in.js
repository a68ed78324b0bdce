// Offers passkeys on the form for signing in, if the browser has them. Without scripts, the form works as it is.
const button = document.querySelector('[data-passkey]');
// Passkeys belong to a name, not to an address.
const hasName = !/^[\d.]+$|:/.test(location.hostname);
if (button !== null && hasName && window.PublicKeyCredential !== undefined) {
  button.hidden = false;
  button.addEventListener('click', () => {
    button.disabled = true;
    signIn()
      .catch(() => show(button.dataset.failed))
      .finally(() => {
        button.disabled = false;
      });
  });
}

async function signIn() {
  const { challenge, rpId, timeoutMillis } = await post('/sign-in/passkey/start', {});
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: bytesOf(challenge),
      rpId,
      timeout: timeoutMillis,
      userVerification: 'required',
    },
  });
  const { clientDataJSON, authenticatorData, signature } = credential.response;
  const result = await post('/sign-in/passkey', {
    id: credential.id,
    clientData: base64url(clientDataJSON),
    authenticatorData: base64url(authenticatorData),
    signature: base64url(signature),
  });
  if (result.error === undefined) location.assign(button.dataset.next);
  else show(result.error.message);
}

async function post(path, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return response.json();
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

function show(text) {
  const message = document.createElement('p');
  message.className = 'message';
  message.setAttribute('role', 'alert');
  message.textContent = text;
  document.querySelector('.message')?.remove();
  button.before(message);
}

function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
}
