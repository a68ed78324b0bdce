import { z } from '@hono/zod-openapi';
import { person, session } from './people.ts';

export const passkey = z
  .object({
    id: z.string(),
    name: z.string(),
    createdMillis: z.number(),
    usedMillis: z.number().optional(),
  })
  .openapi('Passkey');

export const passkeyOptions = z
  .object({
    challenge: z.string().describe('What the browser signs, in base64url.'),
    rpId: z.string().describe('Host name to which the passkey belongs.'),
    timeoutMillis: z.number(),
    userId: z.string().describe('ID of the person, in base64url.'),
    userName: z.string(),
    displayName: z.string(),
    known: z.array(z.string()).describe('IDs of the passkeys that the person has.'),
  })
  .openapi('PasskeyOptions');

export const account = z
  .object({
    subject: z.string().describe('Names the caller: `user:ada@example.com`, `key:otl_…`, `local`.'),
    kind: z.enum(['user', 'service', 'key', 'local']).describe('`local` is a caller who needs no credentials.'),
    tenant: z.string().describe('The tenant of requests that name none.'),
    tenants: z.union([z.array(z.string()), z.literal('all')]).describe('The tenants that the caller may select.'),
    permissions: z.array(z.string()),
    masked: z.array(z.string()).describe('Patterns of attributes whose values the caller cannot see.'),
    lacks: z
      .enum(['second factor'])
      .optional()
      .describe('What the caller must set up before anything but the own account can be used.'),
    hasIdentity: z.boolean().describe('Whether people sign in, because the extension `identity` is configured.'),
    person: z
      .object({
        ...person.shape,
        session: z.string().describe('ID of the session that makes the request.'),
        sessions: z.array(session).describe('The devices that are signed in.'),
        recoveryCodes: z.number().describe('Number of codes for recovery that were not used.'),
        passkeys: z.array(passkey).describe('The passkeys of the person.'),
      })
      .optional()
      .describe('The person who signed in, if the caller is one.'),
  })
  .openapi('Account');

export const secondFactor = z
  .object({
    secret: z.string().describe('The secret in Base32, for an authenticator app.'),
    link: z.string().describe('The link that an app reads as a QR code: `otpauth://totp/…`.'),
  })
  .openapi('SecondFactor');

export const recoveryCodes = z
  .object({ codes: z.array(z.string()).describe('Each replaces the device once. They cannot be read again.') })
  .openapi('RecoveryCodes');
