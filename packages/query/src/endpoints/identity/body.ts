import { z } from '@hono/zod-openapi';

/** Returns the schema of a text in the body of a request. */
export function bodyText(name: string, maxLength: number, description?: string): z.ZodString {
  const schema = z
    .string({ error: `expected ${name}` })
    .min(1, `expected ${name}, got none`)
    .max(maxLength, `expected at most ${maxLength} characters`);
  return description === undefined ? schema : schema.openapi({ description });
}

export const idOf = (what: string): z.ZodString => bodyText(`the ID of ${what}`, 64);

export const grants = z
  .array(
    z.object(
      { role: bodyText('a role', 64), tenant: bodyText('a tenant, or * for all', 64) },
      { error: 'expected a role and a tenant' },
    ),
    { error: 'expected a list of roles and tenants' },
  )
  .max(100, 'expected at most 100 roles');

/** A password to verify or to set; rules for new ones are those of the accounts. */
export const password = (description: string): z.ZodString => bodyText('a password', 1024, description);

export const code = bodyText('a code', 64, 'A code of the device, or one for recovery.');

export const DONE = { changed: true } as const;
