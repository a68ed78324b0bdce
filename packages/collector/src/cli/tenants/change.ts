import type { TenantChange } from '@otelier/identity';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { type IdentityOptions, withIdentity } from '../identity/command.ts';
import { terminalText } from '../terminal-text.ts';
import { formatLimits, parseLimits } from './limits.ts';

/** Options for `otelier tenants create`. */
export interface CreateTenantOptions extends IdentityOptions {
  readonly displayName?: string;
  readonly limit: readonly string[];
}

/** Adds a tenant to the database of the extension `identity`. */
export async function createTenantCommand(
  tenant: string,
  { displayName, limit, ...options }: CreateTenantOptions,
  console: Console,
): Promise<void> {
  const set = Object.entries(parseLimits(limit)).filter(([, value]) => value !== null);
  const limits = Object.fromEntries(set) as Readonly<Record<string, number>>;
  await withIdentity(options, console, async ({ tenants }, audit) => {
    await tenants.edit.create(tenant, limits, Date.now(), displayName);
    audit({ action: 'tenant.create', target: tenant });
    console.print(terminalText(`created ${tenant}`));
  });
}

/** Changes the name of a tenant that people read. */
export function renameTenantCommand(
  tenant: string,
  displayName: string,
  options: IdentityOptions,
  console: Console,
): Promise<void> {
  const done = `renamed ${tenant}: people read ${displayName}; credentials, headers and paths of data keep ${tenant}`;
  return change('rename', tenant, { displayName }, options, console, () => done);
}

/** Refuses telemetry and queries of a tenant. */
export function suspendTenantCommand(tenant: string, options: IdentityOptions, console: Console): Promise<void> {
  const done = `suspended ${tenant}: its telemetry and queries are refused, and what is stored stays`;
  return change('suspend', tenant, { state: 'suspended' }, options, console, () => done);
}

/** Accepts telemetry and queries of a suspended tenant again. */
export function resumeTenantCommand(tenant: string, options: IdentityOptions, console: Console): Promise<void> {
  return change('resume', tenant, { state: 'active' }, options, console, () => `resumed ${tenant}`);
}

/** Sets limits of a tenant, and removes those that are `none`. */
export async function limitTenantCommand(
  tenant: string,
  settings: readonly string[],
  options: IdentityOptions,
  console: Console,
): Promise<void> {
  const limits = parseLimits(settings);
  if (settings.length === 0) throw new CommandFailure('limit: expected NAME=VALUE, got none', EXIT.usage);
  await change('limits', tenant, { limits }, options, console, (own) => `limits of ${tenant}: ${own || 'none'}`);
}

async function change(
  action: string,
  tenant: string,
  what: TenantChange,
  options: IdentityOptions,
  console: Console,
  describe: (limits: string) => string,
): Promise<void> {
  await withIdentity(options, console, async ({ tenants }, audit) => {
    await tenants.edit.change(tenant, what);
    audit({ action: `tenant.${action}`, target: tenant });
    console.print(terminalText(describe(formatLimits(tenants.get(tenant)?.limits ?? {}))));
  });
}
