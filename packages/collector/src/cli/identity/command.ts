import { resolve } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { type AuditEvent, AuditLog, type Identity, openIdentity } from '@otelier/identity';
import { parseDuration } from '../../component/units.ts';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';

/** The option of all commands for the identity database. */
export interface IdentityOptions {
  readonly directory: string;
}

/** Opens the database for a command, and records what it changes in the audit log. */
export async function withIdentity(
  { directory }: IdentityOptions,
  { environment }: Console,
  change: (
    identity: Identity,
    audit: (event: Pick<AuditEvent, 'action' | 'target' | 'tenant'>) => void,
  ) => Promise<void> | void,
): Promise<void> {
  const path = resolve(directory);
  const identity = openIdentity({ directory: path, now: Date.now });
  try {
    let failure: unknown;
    const log = AuditLog.open({ directory: path, onError: (error) => (failure = error) });
    try {
      const subject = `local:${environment['USER'] ?? process.getuid?.() ?? 'unknown'}`;
      await change(identity, (event) => log.record({ timeMillis: Date.now(), subject, outcome: 'allowed', ...event }));
    } finally {
      await log.close();
    }
    if (failure !== undefined) throw failure;
  } finally {
    identity.close();
  }
}

/** Options for `otelier identity create-user`. */
export interface CreateUserOptions extends IdentityOptions {
  readonly name?: string;
  readonly role: string;
  readonly tenant: string;
}

/** Creates an account with the password from standard input. */
export async function createUserCommand(
  email: string,
  { name = email, role, tenant, ...options }: CreateUserOptions,
  console: Console,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<void> {
  const password = (await readText(input)).replace(/\r?\n$/, '');
  await withIdentity(options, console, async (identity, audit) => {
    identity.roles.require(role);
    const { id } = await identity.users.create({ email, name, password, grants: [{ role, tenant }] }, Date.now());
    audit({ action: 'user.create', target: email, tenant });
    console.print(terminalText(`created ${email} (${id}): ${role} in ${describeTenant(tenant)}`));
  });
}

/** Options for `otelier identity create-key`. */
export interface CreateKeyOptions extends IdentityOptions {
  readonly role: string;
  readonly tenant: string;
  readonly expires?: string;
  readonly requestsPerMinute?: number;
}

/** Creates an API key and prints it, once. */
export async function createKeyCommand(
  name: string,
  { role, tenant, expires, requestsPerMinute, ...options }: CreateKeyOptions,
  console: Console,
): Promise<void> {
  const now = Date.now();
  const millis = expires === undefined ? undefined : durationOf('--expires', expires);
  await withIdentity(options, console, (identity, audit) => {
    identity.roles.require(role);
    const expiresMillis = millis === undefined ? undefined : now + millis;
    const key = identity.keys.create({ name, role, tenant, createdBy: 'local', expiresMillis, requestsPerMinute }, now);
    audit({ action: 'key.create', target: key.id, tenant });
    console.error(`created a key: ${role} in ${describeTenant(tenant)}. It is shown only now:`);
    console.print(key.text);
  });
}

/** Creates a successor of a key. The old one stays valid for a time. */
export async function rotateKeyCommand(
  id: string,
  { overlap, ...options }: IdentityOptions & { readonly overlap: string },
  console: Console,
): Promise<void> {
  const now = Date.now();
  const overlapUntilMillis = now + durationOf('--overlap', overlap);
  await withIdentity(options, console, (identity, audit) => {
    const key = identity.keys.rotate(id, { createdBy: 'local', overlapUntilMillis, nowMillis: now });
    audit({ action: 'key.rotate', target: `${id} ${key.id}` });
    console.error(
      `${id} stays valid until ${new Date(overlapUntilMillis).toISOString()}. Its successor is shown only now:`,
    );
    console.print(key.text);
  });
}

/** Deletes a key. */
export async function revokeKeyCommand(id: string, options: IdentityOptions, console: Console): Promise<void> {
  await withIdentity(options, console, (identity, audit) => {
    identity.keys.revoke(id);
    audit({ action: 'key.revoke', target: id });
    console.print(`revoked ${id}`);
  });
}

/** Prints the accounts, keys and tenants, without credentials. */
export async function listIdentityCommand(
  { json, directory }: IdentityOptions & { readonly json?: boolean },
  console: Console,
): Promise<void> {
  const identity = openIdentity({ directory: resolve(directory), now: Date.now });
  try {
    const report = { users: identity.users.list(), keys: identity.keys.list(), tenants: identity.tenants.list() };
    if (json === true) {
      console.print(terminalText(JSON.stringify(report, undefined, 2)));
      return;
    }
    for (const { email, state, grants } of report.users)
      console.print(
        terminalText(
          `user ${email}  ${state}  ${grants.map(({ role, tenant }) => `${role} in ${describeTenant(tenant)}`).join(', ')}`,
        ),
      );
    for (const { id, name, role, tenant, expiresMillis, usedMillis } of report.keys)
      console.print(
        terminalText(
          `key ${id}  ${name}  ${role} in ${describeTenant(tenant)}  expires ${dateOf(expiresMillis)}  used ${dateOf(usedMillis)}`,
        ),
      );
    for (const { name, state } of report.tenants) console.print(terminalText(`tenant ${name}  ${state}`));
  } finally {
    identity.close();
  }
}

function describeTenant(tenant: string): string {
  return tenant === '*' ? 'all tenants' : tenant;
}

function dateOf(millis: number | undefined): string {
  return millis === undefined ? 'never' : new Date(millis).toISOString();
}

function durationOf(option: string, text: string): number {
  const millis = parseDuration(text);
  if (millis === undefined)
    throw new CommandFailure(`${option}: expected a duration such as 2160h, got ${JSON.stringify(text)}`, EXIT.usage);
  return millis;
}
