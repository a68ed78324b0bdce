import { z } from '@hono/zod-openapi';
import { PERMISSIONS } from '@otelier/identity/access';
import { changed, createdKey, keysResponse, rolesResponse } from '../../api/identity/people.ts';
import { defineEndpoint } from '../endpoint.ts';
import { bodyText, DONE, idOf } from './body.ts';

const KEYS = { permission: 'keys:manage' } as const;
const ROLES = { permission: 'people:manage', method: 'post' } as const;

export const roles = defineEndpoint({
  path: '/api/v1/roles',
  permission: ['people:manage', 'keys:manage'],
  summary: 'Returns the roles and what they permit.',
  parameters: z.object({}),
  response: rolesResponse,
  handle: (_, { administration }) => ({ roles: administration().roles.list(), permissions: PERMISSIONS }),
});

const texts = (what: string, max: number): z.ZodArray<z.ZodString> =>
  z.array(bodyText(what, 200), { error: `expected a list, each ${what}` }).max(max, `expected at most ${max}`);

export const saveRole = defineEndpoint({
  ...ROLES,
  path: '/api/v1/roles/save',
  summary: 'Adds or replaces a custom role. Callers give only permissions that they have themselves.',
  parameters: z.object({
    name: bodyText('a name', 64),
    permissions: texts('a permission', 50),
    masked: texts('a pattern of attributes', 50)
      .default([])
      .openapi({ description: 'Patterns of attributes whose values the role hides, such as `enduser.*`.' }),
  }),
  response: changed,
  async handle(request, { administration, access }) {
    await administration().roles.save(access, request);
    return DONE;
  },
});

export const removeRole = defineEndpoint({
  ...ROLES,
  path: '/api/v1/roles/remove',
  summary: 'Removes a custom role that is not in use.',
  parameters: z.object({ name: bodyText('a name', 64) }),
  response: changed,
  async handle(request, { administration, access }) {
    await administration().roles.remove(access, request.name);
    return DONE;
  },
});

export const keys = defineEndpoint({
  ...KEYS,
  path: '/api/v1/keys',
  summary: 'Returns the API keys, without their secrets.',
  parameters: z.object({}),
  response: keysResponse,
  handle: async (_, { administration }) => ({ keys: await administration().keys.list() }),
});

export const createKey = defineEndpoint({
  ...KEYS,
  method: 'post',
  path: '/api/v1/keys/create',
  summary: 'Creates an API key and returns it. It cannot be read again.',
  parameters: z.object({
    name: bodyText('a name', 100),
    role: bodyText('a role', 64).optional(),
    tenant: bodyText('a tenant, or * for all', 64).optional(),
    account: idOf('a service account').optional().openapi({
      description: 'The service account whose roles the key has. Then the key has no role and tenant of its own.',
    }),
    expiresMillis: z
      .number({ error: 'expected milliseconds since the epoch' })
      .int('expected whole milliseconds')
      .optional()
      .openapi({ description: 'When the key expires. Default: never.' }),
    requestsPerMinute: z
      .number({ error: 'expected a number' })
      .int('expected a whole number')
      .min(1, 'expected at least 1')
      .max(1_000_000, 'expected at most 1,000,000')
      .optional()
      .openapi({ description: 'Maximum number of requests in each thread. Default: no limit.' }),
  }),
  response: createdKey,
  handle: ({ tenant, ...request }, { administration, access }) =>
    // A tenant that is not in the request is that of the caller, which a key of an account has no use for.
    administration().keys.create(access, request.account === undefined ? { ...request, tenant } : request),
});

export const rotateKey = defineEndpoint({
  ...KEYS,
  method: 'post',
  path: '/api/v1/keys/rotate',
  summary: 'Creates the successor of an API key. The old key stays valid for the overlap.',
  parameters: z.object({
    id: idOf('a key'),
    overlapSeconds: z
      .number({ error: 'expected a number of seconds' })
      .min(0, 'expected at least 0')
      .max(7_776_000, 'expected at most 90 days')
      .default(86_400)
      .openapi({ description: 'How long the old key stays valid. Default: a day.' }),
  }),
  response: createdKey,
  handle: ({ id, overlapSeconds }, { administration, access }) =>
    administration().keys.rotate(access, id, overlapSeconds * 1000),
});

export const revokeKey = defineEndpoint({
  ...KEYS,
  method: 'post',
  path: '/api/v1/keys/revoke',
  summary: 'Deletes an API key, which is then no longer valid.',
  parameters: z.object({ id: idOf('a key') }),
  response: changed,
  async handle({ id }, { administration, access }) {
    await administration().keys.revoke(access, id);
    return DONE;
  },
});
