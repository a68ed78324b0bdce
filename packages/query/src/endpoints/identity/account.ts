import { z } from '@hono/zod-openapi';
import { PERMISSIONS } from '@otelier/identity/access';
import { account, recoveryCodes, secondFactor } from '../../api/identity/account.ts';
import { changed } from '../../api/identity/people.ts';
import { isSecure, sessionCookie } from '../../request/session-cookie.ts';
import { defineEndpoint } from '../endpoint.ts';
import { code, DONE, idOf, password } from './body.ts';

const OWN = { permission: 'any caller', method: 'post' } as const;

export const ownAccount = defineEndpoint({
  path: '/api/v1/account',
  permission: 'any caller',
  summary: 'Returns who makes the request, what this caller may do, and the sessions of a person.',
  parameters: z.object({}),
  response: account,
  handle(_, { findAdministration, access, caller }) {
    const administration = findAdministration();
    const found = administration?.account.get(caller);
    return {
      subject: access.subject,
      kind: access.kind,
      tenant: access.tenant,
      tenants: access.tenants,
      permissions: PERMISSIONS.filter((one) => access.can(one)),
      masked: access.masked,
      ...(access.lacks !== undefined && { lacks: access.lacks }),
      hasIdentity: administration !== undefined,
      ...(found !== undefined && {
        person: {
          ...found.user,
          session: found.session,
          sessions: found.sessions,
          recoveryCodes: found.recoveryCodes,
          passkeys: found.passkeys,
        },
      }),
    };
  },
});

export const changeOwnPassword = defineEndpoint({
  ...OWN,
  path: '/api/v1/account/password',
  summary:
    'Replaces the password of the person who is signed in. All sessions end, and the response sets the cookie of a new one.',
  parameters: z.object({
    current: password('The current password.'),
    password: password('The new password, of at least 12 characters.'),
  }),
  response: changed,
  async handle(passwords, { administration, caller }) {
    const { secret, maxAgeSeconds } = await administration().account.changePassword(caller, passwords);
    return Response.json(DONE, { headers: { 'set-cookie': sessionCookie(secret, maxAgeSeconds, isSecure(caller)) } });
  },
});

export const startSecondFactor = defineEndpoint({
  ...OWN,
  path: '/api/v1/account/second-factor/start',
  summary: 'Returns a secret for one-time passwords. It counts once a code is confirmed.',
  parameters: z.object({ password: password('The current password.') }),
  response: secondFactor,
  handle: (request, { administration, caller }) => administration().account.startSecondFactor(caller, request.password),
});

export const confirmSecondFactor = defineEndpoint({
  ...OWN,
  path: '/api/v1/account/second-factor/confirm',
  summary: 'Requires one-time passwords from now on, and returns codes for recovery.',
  parameters: z.object({ code }),
  response: recoveryCodes,
  handle: async (request, { administration, caller }) => ({
    codes: await administration().account.confirmSecondFactor(caller, request.code),
  }),
});

export const removeSecondFactor = defineEndpoint({
  ...OWN,
  path: '/api/v1/account/second-factor/remove',
  summary: 'Requires no one-time passwords from now on.',
  parameters: z.object({ password: password('The current password.'), code }),
  response: changed,
  async handle(request, { administration, caller }) {
    await administration().account.removeSecondFactor(caller, request);
    return DONE;
  },
});

export const revokeOwnSession = defineEndpoint({
  ...OWN,
  path: '/api/v1/account/sessions/revoke',
  summary: 'Ends a session of the person who is signed in.',
  parameters: z.object({ id: idOf('a session') }),
  response: changed,
  async handle({ id }, { administration, caller }) {
    await administration().account.endSession(caller, id);
    return DONE;
  },
});
