import { z } from '@hono/zod-openapi';
import { changed, createdPerson, peopleResponse, sessionsResponse } from '../../api/identity/people.ts';
import { defineEndpoint } from '../endpoint.ts';
import { bodyText, DONE, grants, idOf, password } from './body.ts';

const MANAGED = { permission: 'people:manage' } as const;
const CHANGE = { ...MANAGED, method: 'post' } as const;
const id = idOf('a person');

export const people = defineEndpoint({
  ...MANAGED,
  path: '/api/v1/people',
  summary: 'Returns the accounts of people, without credentials.',
  parameters: z.object({}),
  response: peopleResponse,
  handle: (_, { administration }) => ({ people: administration().people.list() }),
});

export const createPerson = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/people/create',
  summary: 'Creates the account of a person. Callers give only roles whose permissions they have themselves.',
  parameters: z.object({
    email: bodyText('an email address', 320),
    name: bodyText('a name', 200),
    password: password('The password, of at least 12 characters.'),
    grants,
  }),
  response: createdPerson,
  handle: async (request, { administration, access }) => ({
    id: await administration().people.create(access, request),
  }),
});

export const changePerson = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/people/change',
  summary: 'Changes the name or the roles of a person, or locks the account, which ends its sessions.',
  parameters: z.object({
    id,
    name: bodyText('a name', 200).optional(),
    state: z.enum(['active', 'locked'], { error: 'expected active or locked' }).optional(),
    grants: grants.optional(),
  }),
  response: changed,
  async handle(request, { administration, access }) {
    await administration().people.change(access, request);
    return DONE;
  },
});

export const setPersonPassword = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/people/password',
  summary: 'Replaces the password of a person and ends the sessions.',
  parameters: z.object({ id, password: password('The new password, of at least 12 characters.') }),
  response: changed,
  async handle(request, { administration, access }) {
    await administration().people.setPassword(access, request.id, request.password);
    return DONE;
  },
});

export const removePersonSecondFactor = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/people/second-factor/remove',
  summary: 'Requires no one-time passwords of a person, who has lost the device.',
  parameters: z.object({ id }),
  response: changed,
  async handle(request, { administration, access }) {
    await administration().people.removeSecondFactor(access, request.id);
    return DONE;
  },
});

export const removePerson = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/people/remove',
  summary: 'Removes the account of a person and ends the sessions.',
  parameters: z.object({ id }),
  response: changed,
  async handle(request, { administration, access }) {
    await administration().people.remove(access, request.id);
    return DONE;
  },
});

export const sessions = defineEndpoint({
  ...MANAGED,
  path: '/api/v1/sessions',
  summary: 'Returns the sessions of all people: the devices that are signed in.',
  parameters: z.object({}),
  response: sessionsResponse,
  handle: async (_, { administration }) => ({ sessions: await administration().people.sessions() }),
});

export const revokeSession = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/sessions/revoke',
  summary: 'Ends a session of a person.',
  parameters: z.object({ id: idOf('a session') }),
  response: changed,
  async handle(request, { administration, access }) {
    await administration().people.endSession(access, request.id);
    return DONE;
  },
});
