import { z } from '@hono/zod-openapi';
import { serviceAccountsResponse } from '../../api/identity/accounts.ts';
import { changed, createdPerson } from '../../api/identity/people.ts';
import { defineEndpoint } from '../endpoint.ts';
import { bodyText, DONE, grants, idOf } from './body.ts';

const MANAGED = { permission: 'people:manage' } as const;
const CHANGE = { ...MANAGED, method: 'post' } as const;
const id = idOf('a service account');

export const serviceAccounts = defineEndpoint({
  path: '/api/v1/service-accounts',
  permission: ['people:manage', 'keys:manage'],
  summary: 'Returns the accounts of programs.',
  parameters: z.object({}),
  response: serviceAccountsResponse,
  handle: (_, { administration }) => ({ serviceAccounts: administration().serviceAccounts.list() }),
});

export const createServiceAccount = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/service-accounts/create',
  summary: 'Creates the account of a program. Its API keys have its roles.',
  parameters: z.object({ name: bodyText('a name', 63), grants }),
  response: createdPerson,
  handle: async (request, { administration, access }) => ({
    id: await administration().serviceAccounts.create(access, request),
  }),
});

export const changeServiceAccount = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/service-accounts/change',
  summary: 'Changes the roles of a service account, or locks it, so that its keys are refused.',
  parameters: z.object({
    id,
    state: z.enum(['active', 'locked'], { error: 'expected active or locked' }).optional(),
    grants: grants.optional(),
  }),
  response: changed,
  async handle(request, { administration, access }) {
    await administration().serviceAccounts.change(access, request);
    return DONE;
  },
});

export const removeServiceAccount = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/service-accounts/remove',
  summary: 'Removes a service account and its API keys.',
  parameters: z.object({ id }),
  response: changed,
  async handle(request, { administration, access }) {
    await administration().serviceAccounts.remove(access, request.id);
    return DONE;
  },
});
