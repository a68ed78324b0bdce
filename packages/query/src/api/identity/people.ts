import { z } from '@hono/zod-openapi';

export const grant = z
  .object({
    role: z.string(),
    tenant: z.string().describe('`*` for all tenants and the process itself.'),
  })
  .openapi('Grant');

export const person = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    state: z.enum(['active', 'locked']),
    grants: z.array(grant),
    hasPassword: z.boolean(),
    issuer: z.string().optional().describe('The provider with which the person signs in, if it is another one.'),
    hasSecondFactor: z.boolean().describe('Whether signing in needs a one-time password.'),
    hasPasskey: z.boolean().describe('Whether the person can sign in with a passkey.'),
    createdMillis: z.number(),
    seenMillis: z.number().optional().describe('When a session of the person was used last, to the minute.'),
  })
  .openapi('Person');

export const peopleResponse = z
  .object({ people: z.array(person).describe('By email address.') })
  .openapi('PeopleResponse');

export const createdPerson = z.object({ id: z.string() }).openapi('CreatedPerson');

export const changed = z.object({ changed: z.literal(true) }).openapi('Changed');

export const session = z
  .object({
    id: z.string(),
    user: z.string().describe('ID of the person.'),
    createdMillis: z.number(),
    seenMillis: z.number().describe('When it was used last, to the minute.'),
    expiresMillis: z.number(),
    device: z.string().describe('The header `User-Agent` of the browser that signed in.'),
    address: z.string().describe('Address from which the person signed in.'),
  })
  .openapi('Session');

export const sessionsResponse = z
  .object({ sessions: z.array(session).describe('Those used last come first.') })
  .openapi('SessionsResponse');

export const role = z
  .object({
    name: z.string(),
    permissions: z.array(z.string()),
    masked: z.array(z.string()).describe('Patterns of attributes whose values the role hides, such as `enduser.*`.'),
    isBuiltIn: z.boolean().describe('Whether the role exists always and cannot be changed.'),
  })
  .openapi('Role');

export const rolesResponse = z
  .object({
    roles: z.array(role),
    permissions: z.array(z.string()).describe('All permissions that a role can have.'),
  })
  .openapi('RolesResponse');

export const apiKey = z
  .object({
    id: z.string().describe('ID, which is also the beginning of the key: `otl_1a2b3c4d5e6f`.'),
    name: z.string(),
    role: z.string(),
    tenant: z.string().describe('`*` for all tenants and the process itself.'),
    createdBy: z.string(),
    createdMillis: z.number(),
    expiresMillis: z.number().optional(),
    usedMillis: z.number().optional().describe('When it was used last, to the minute.'),
    requestsPerMinute: z.number().optional().describe('Maximum number of requests in each thread.'),
    account: z
      .string()
      .optional()
      .describe('ID of the service account whose roles the key has. Its own role is then empty.'),
  })
  .openapi('ApiKey');

export const keysResponse = z
  .object({ keys: z.array(apiKey).describe('In the order of their creation.') })
  .openapi('KeysResponse');

export const createdKey = z
  .object({ id: z.string(), text: z.string().describe('The key. It cannot be read again.') })
  .openapi('CreatedKey');
