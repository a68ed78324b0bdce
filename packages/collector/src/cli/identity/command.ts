import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import {
  ALL_TENANTS,
  type AuditEvent,
  AuditLog,
  DATABASE_FILE,
  type Grant,
  type Identity,
  INVITATION_PATH,
  type ServiceAccount,
} from '@otelier/identity';
import { parseDuration } from '../../component/units.ts';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';
import { openForCommand, postgresOf } from './open.ts';

/** The option of all commands for the identity database. */
export interface IdentityOptions {
  readonly directory: string;
}

/** Opens the database for a command, and records what it changes in the audit log. */
export async function withIdentity(
  { directory }: IdentityOptions,
  console: Console,
  change: (
    identity: Identity,
    audit: (event: Pick<AuditEvent, 'action' | 'target' | 'tenant'>) => void,
  ) => Promise<void>,
): Promise<void> {
  const { environment } = console;
  const path = resolve(directory);
  const identity = await openForCommand(directory, console, Date.now);
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
    await identity.close();
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

/** Options for `otelier identity invite`. */
export interface InviteOptions extends IdentityOptions {
  readonly role: string;
  readonly tenant: string;
  readonly expires: string;
  readonly url: string;
}

/** Invites a person and prints the link, once. */
export async function inviteCommand(
  email: string,
  { role, tenant, expires, url, ...options }: InviteOptions,
  console: Console,
): Promise<void> {
  const validMillis = durationOf('--expires', expires);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new CommandFailure(`--url: expected the address of the page, got ${JSON.stringify(url)}`, EXIT.usage);
  await withIdentity(options, console, async (identity, audit) => {
    identity.roles.require(role);
    const grants = [{ role, tenant }];
    const expiresMillis = Date.now() + validMillis;
    const { secret } = await identity.changes.run(() =>
      identity.invitations.create({ email, grants, createdBy: 'local', expiresMillis }, Date.now()),
    );
    audit({ action: 'invitation.create', target: email, tenant });
    console.error(
      terminalText(
        `invited ${email}: ${role} in ${describeTenant(tenant)}. The link is shown only now, and valid once:`,
      ),
    );
    console.print(new URL(`${INVITATION_PATH}?token=${secret}`, url).href);
  });
}

/** Creates the account of a program. */
export async function createServiceAccountCommand(
  name: string,
  { role, tenant, ...options }: IdentityOptions & { readonly role: string; readonly tenant: string },
  console: Console,
): Promise<void> {
  await withIdentity(options, console, async (identity, audit) => {
    identity.roles.require(role);
    const id = await identity.changes.run(() => identity.serviceAccounts.create(name, [{ role, tenant }], Date.now()));
    audit({ action: 'service_account.create', target: name, tenant });
    console.print(terminalText(`created ${name} (${id}): ${role} in ${describeTenant(tenant)}`));
  });
}

/** Options for `otelier identity create-key`. */
export interface CreateKeyOptions extends IdentityOptions {
  readonly role: string;
  readonly tenant: string;
  readonly account?: string;
  readonly expires?: string;
  readonly requestsPerMinute?: number;
}

/** Creates an API key and prints it, once. */
export async function createKeyCommand(
  name: string,
  { role, tenant, account: accountName, expires, requestsPerMinute, ...options }: CreateKeyOptions,
  console: Console,
): Promise<void> {
  const now = Date.now();
  const millis = expires === undefined ? undefined : durationOf('--expires', expires);
  await withIdentity(options, console, async (identity, audit) => {
    identity.roles.require(role);
    const account = accountName === undefined ? undefined : accountOf(identity, accountName);
    const expiresMillis = millis === undefined ? undefined : now + millis;
    const grant = account === undefined ? { role, tenant } : { role: '', tenant: ALL_TENANTS };
    const created = { name, ...grant, account: account?.id, createdBy: 'local', expiresMillis, requestsPerMinute };
    const key = await identity.changes.run(() => identity.keys.create(created, now));
    audit({ action: 'key.create', target: key.id, tenant: grant.tenant });
    const rights = account === undefined ? `${role} in ${describeTenant(tenant)}` : `the roles of ${account.name}`;
    console.error(`created a key: ${rights}. It is shown only now:`);
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
  await withIdentity(options, console, async (identity, audit) => {
    const key = await identity.changes.run(() =>
      identity.keys.rotate(id, { createdBy: 'local', overlapUntilMillis, nowMillis: now }),
    );
    audit({ action: 'key.rotate', target: `${id} ${key.id}` });
    console.error(
      `${id} stays valid until ${new Date(overlapUntilMillis).toISOString()}. Its successor is shown only now:`,
    );
    console.print(key.text);
  });
}

/** Deletes a key. */
export async function revokeKeyCommand(id: string, options: IdentityOptions, console: Console): Promise<void> {
  await withIdentity(options, console, async (identity, audit) => {
    await identity.changes.run(() => identity.keys.revoke(id));
    audit({ action: 'key.revoke', target: id });
    console.print(`revoked ${id}`);
  });
}

/** Removes the one-time passwords and passkeys of a person who has lost the device. */
export async function removeSecondFactorCommand(
  email: string,
  options: IdentityOptions,
  console: Console,
): Promise<void> {
  await withIdentity(options, console, async (identity, audit) => {
    await identity.changes.run(() => {
      const found = identity.users.findByEmail(email);
      if (found === undefined) throw new CommandFailure(`email: there is no account ${JSON.stringify(email)}`);
      identity.secondFactor.remove(found.user.id);
      identity.passkeys.removeAll(found.user.id);
    });
    audit({ action: 'user.remove_second_factor', target: email });
    console.print(terminalText(`removed the one-time passwords and passkeys of ${email}`));
  });
}

/** Copies the SQLite database of a directory into an empty PostgreSQL database. */
export async function importIdentityCommand(
  { directory }: IdentityOptions,
  { environment, print }: Console,
): Promise<void> {
  const postgres = postgresOf(environment);
  if (!existsSync(join(resolve(directory), DATABASE_FILE)))
    throw new CommandFailure(`${directory}: expected a database ${DATABASE_FILE}, found none`);
  const { importIdentityDatabase } = await import('@otelier/identity/postgres');
  const imported = await importIdentityDatabase(resolve(directory), postgres, Date.now);
  const counts = Object.entries(imported).flatMap(([table, count]) => (count === 0 ? [] : [`${count} ${table}`]));
  print(`imported ${counts.join(', ') || 'nothing'}; the file stays as a backup`);
}

/** Prints the accounts, keys and tenants, without credentials. */
export async function listIdentityCommand(
  { json, directory }: IdentityOptions & { readonly json?: boolean },
  console: Console,
): Promise<void> {
  const identity = await openForCommand(directory, console, Date.now);
  try {
    const report = {
      ...{ users: identity.users.list(), invitations: identity.invitations.list(Date.now()) },
      serviceAccounts: identity.serviceAccounts.list(),
      ...{ keys: identity.keys.list(), tenants: identity.tenants.list() },
    };
    if (json === true) {
      console.print(terminalText(JSON.stringify(report, undefined, 2)));
      return;
    }
    for (const { email, state, grants } of report.users)
      console.print(terminalText(`user ${email}  ${state}  ${describeGrants(grants)}`));
    for (const { email, expiresMillis } of report.invitations)
      console.print(terminalText(`invitation ${email}  expires ${dateOf(expiresMillis)}`));
    for (const { name, state, grants } of report.serviceAccounts)
      console.print(terminalText(`service account ${name}  ${state}  ${describeGrants(grants)}`));
    const nameOf = (account: string): string => identity.serviceAccounts.get(account)?.name ?? account;
    for (const { id, name, role, tenant, account, expiresMillis, usedMillis } of report.keys)
      console.print(
        terminalText(
          `key ${id}  ${name}  ${account === undefined ? `${role} in ${describeTenant(tenant)}` : `of ${nameOf(account)}`}  expires ${dateOf(expiresMillis)}  used ${dateOf(usedMillis)}`,
        ),
      );
    for (const { name, state } of report.tenants) console.print(terminalText(`tenant ${name}  ${state}`));
  } finally {
    await identity.close();
  }
}

function describeGrants(grants: readonly Grant[]): string {
  return grants.map(({ role, tenant }) => `${role} in ${describeTenant(tenant)}`).join(', ');
}

function accountOf(identity: Identity, name: string): ServiceAccount {
  const found = identity.serviceAccounts.list().find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new CommandFailure(`--account: expected the name of a service account, got ${JSON.stringify(name)}`);
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
