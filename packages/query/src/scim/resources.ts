import { z } from '@hono/zod-openapi';
import type { ProvisionedGroup, ProvisionedMembers, ProvisionedPerson, ProvisionedUser } from '@otelier/identity';
import type { Json, JsonObject } from './paths.ts';
import { ScimProblem } from './problem.ts';

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const text = z.string().max(1000);
/** Some providers write truth values as texts. */
const flag = z
  .union([
    z.boolean(),
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(['true', 'false'])),
  ])
  .transform((value) => value === true || value === 'true');
const list = z.array(z.looseObject({ value: text.optional(), primary: flag.optional() })).max(100);

const user = z.looseObject({
  userName: text.min(1),
  active: flag.default(true),
  displayName: text.nullish(),
  name: z.looseObject({ formatted: text.nullish(), givenName: text.nullish(), familyName: text.nullish() }).nullish(),
  emails: list.nullish(),
});

const group = z.looseObject({
  displayName: text.min(1),
  externalId: text.nullish(),
  members: z.array(z.looseObject({ value: text.min(1) })).nullish(),
});

/** Attributes that the server decides, or that it does not keep. */
const NOT_KEPT: ReadonlySet<string> = new Set(['schemas', 'id', 'meta', 'groups', 'password', 'userName', 'active']);

/** Reads a person from a resource. Throws a `ScimProblem`. */
export function personOf(resource: unknown): ProvisionedPerson {
  const { userName, active, displayName, name, emails, ...rest } = parsed(user, resource);
  const address = emails?.find(({ primary }) => primary === true) ?? emails?.[0];
  const joined = [name?.givenName, name?.familyName].filter(Boolean).join(' ');
  const kept = { displayName, name, emails, ...rest };
  return {
    userName,
    email: address?.value ?? userName,
    name: displayName || name?.formatted || joined || userName,
    isActive: active,
    attributes: Object.fromEntries(
      Object.entries(kept).filter(([key, value]) => !NOT_KEPT.has(key) && value !== undefined && value !== null),
    ),
  };
}

/** Reads a group from a resource. Throws a `ScimProblem`. */
export function membersOf(resource: unknown): ProvisionedMembers {
  const { displayName, externalId, members } = parsed(group, resource);
  return {
    name: displayName,
    externalId: externalId ?? undefined,
    members: [...new Set((members ?? []).map(({ value }) => value))],
  };
}

/** Returns the resource of a person. `base` is the address of the API. */
export function userResource(
  { id, userName, isActive, attributes, groups, createdMillis, changedMillis }: ProvisionedUser,
  base: string,
): JsonObject {
  return {
    ...(attributes as JsonObject),
    ...{ schemas: [USER_SCHEMA], id, userName, active: isActive },
    groups: groups.map((one) => ({ value: one.id, display: one.name, $ref: `${base}/Groups/${one.id}` })),
    meta: metaOf('User', id, base, { createdMillis, changedMillis }),
  };
}

/** Returns the resource of a group. */
export function groupResource(
  { id, name, externalId, members, createdMillis, changedMillis }: ProvisionedGroup,
  base: string,
): JsonObject {
  return {
    ...{ schemas: [GROUP_SCHEMA], id, displayName: name },
    ...(externalId !== undefined && { externalId }),
    members: members.map((value) => ({ value, $ref: `${base}/Users/${value}`, type: 'User' })),
    meta: metaOf('Group', id, base, { createdMillis, changedMillis }),
  };
}

function metaOf(
  resourceType: 'User' | 'Group',
  id: string,
  base: string,
  { createdMillis, changedMillis }: { readonly createdMillis: number; readonly changedMillis: number },
): JsonObject {
  return {
    resourceType,
    created: new Date(createdMillis).toISOString(),
    lastModified: new Date(changedMillis).toISOString(),
    location: `${base}/${resourceType}s/${id}`,
  };
}

function parsed<T>(schema: z.ZodType<T>, resource: unknown): T {
  const result = schema.safeParse(withKnownNames(resource));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ScimProblem(400, `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}`, 'invalidValue');
}

const KNOWN = ['userName', 'active', 'displayName', 'name', 'emails', 'externalId', 'members', 'password', 'groups'];

/** Returns a resource with the usual spelling of names, which SCIM compares without regard to case. */
function withKnownNames(resource: unknown): unknown {
  if (typeof resource !== 'object' || resource === null || Array.isArray(resource)) return resource;
  const entries = Object.entries(resource as Readonly<Record<string, Json>>);
  return Object.fromEntries(
    entries.map(([key, value]) => [KNOWN.find((one) => one.toLowerCase() === key.toLowerCase()) ?? key, value]),
  );
}
