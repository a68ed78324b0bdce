import type { Account, PasskeyOptions } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { sendJson } from '../../../data/client.ts';
import { t } from '../../../locale/t.ts';
import { change } from '../admin-data.ts';
import { FormDialog, TextField } from '../forms.tsx';

type Passkey = NonNullable<Account['person']>['passkeys'][number];

/** Adds a passkey of this device, or of a security key, once the password is confirmed. */
export function AddPasskey({
  onClose,
  onSaved,
}: {
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const save = async (): Promise<void> => {
    const options = await sendJson<PasskeyOptions>('/account/passkeys/start', { password });
    await change('/account/passkeys/add', { name, ...(await createPasskey(options)) });
    onSaved();
  };
  return (
    <FormDialog title={t('Add a passkey')} submit={t('Continue')} onSubmit={save} onClose={onClose}>
      <TextField label={t('Name')} value={name} onChange={setName} hint={t('Such as phone or security key')} />
      <TextField
        label={t('Current password')}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
      />
    </FormDialog>
  );
}

/** Removes a passkey of the person who is signed in. */
export function RemovePasskey({
  passkey: { id, name },
  onClose,
  onSaved,
}: {
  readonly passkey: Passkey;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}): ReactNode {
  const [password, setPassword] = useState('');
  const save = async (): Promise<void> => {
    await change('/account/passkeys/remove', { id, password });
    onSaved();
  };
  return (
    <FormDialog title={name} submit={t('Remove')} onSubmit={save} onClose={onClose}>
      <TextField
        label={t('Current password')}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
      />
    </FormDialog>
  );
}

/** Asks the browser for a new passkey. Rejects with a text for people. */
async function createPasskey(options: PasskeyOptions): Promise<object> {
  if (!('credentials' in navigator) || !('PublicKeyCredential' in window))
    throw new Error(t('Passkeys need a page by HTTPS, and a browser that has them.'));
  const created = await navigator.credentials.create({
    publicKey: {
      challenge: bytesOf(options.challenge),
      rp: { id: options.rpId, name: 'otelier' },
      user: { id: bytesOf(options.userId), name: options.userName, displayName: options.displayName },
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      excludeCredentials: options.known.map((id) => ({ type: 'public-key', id: bytesOf(id) })),
      timeout: options.timeoutMillis,
      attestation: 'none',
    },
  });
  const { id, response } = created as PublicKeyCredential & { readonly response: AuthenticatorAttestationResponse };
  const key = response.getPublicKey();
  if (key === null) throw new Error(t('The device made a key of an unknown kind.'));
  return {
    id,
    clientData: base64url(response.clientDataJSON),
    authenticatorData: base64url(response.getAuthenticatorData()),
    publicKey: base64url(key),
  };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
}

function base64url(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
