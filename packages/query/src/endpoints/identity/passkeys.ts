import { z } from '@hono/zod-openapi';
import { passkeyOptions } from '../../api/identity/account.ts';
import { changed } from '../../api/identity/people.ts';
import { defineEndpoint } from '../endpoint.ts';
import { bodyText, DONE, password } from './body.ts';

const OWN = { permission: 'any caller', method: 'post' } as const;
const id = bodyText('the ID of a passkey', 1400);
const binary = (what: string): z.ZodString => bodyText(`${what} in base64url`, 8192);

export const startPasskey = defineEndpoint({
  ...OWN,
  path: '/api/v1/account/passkeys/start',
  summary: 'Verifies the password and returns what a browser makes a passkey with.',
  parameters: z.object({ password: password('The current password.') }),
  response: passkeyOptions,
  handle: (request, { administration, caller }) => administration().account.passkeys.start(caller, request.password),
});

export const addPasskey = defineEndpoint({
  ...OWN,
  path: '/api/v1/account/passkeys/add',
  summary: 'Adds a passkey that a browser made, with which the person signs in from then on.',
  parameters: z.object({
    name: bodyText('a name', 100),
    id,
    clientData: binary('the client data'),
    authenticatorData: binary('the data of the authenticator'),
    publicKey: binary('the public key'),
  }),
  response: changed,
  async handle(passkey, { administration, caller }) {
    await administration().account.passkeys.add(caller, passkey);
    return DONE;
  },
});

export const removePasskey = defineEndpoint({
  ...OWN,
  path: '/api/v1/account/passkeys/remove',
  summary: 'Removes a passkey of the person who is signed in.',
  parameters: z.object({ id, password: password('The current password.') }),
  response: changed,
  async handle(proof, { administration, caller }) {
    await administration().account.passkeys.remove(caller, proof);
    return DONE;
  },
});
