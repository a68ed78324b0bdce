import type { Account, Grant, RolesResponse } from '@otelier/query';
import { sendJson } from '../../data/client.ts';
import { formatAge } from '../../format/time.ts';
import { t } from '../../locale/t.ts';

/** What a pane of the view needs. */
export interface PaneProps {
  /** Who is signed in. */
  readonly account: Account;
  /** Number of rows that are shown; the others are in the tab of the pane. */
  readonly maxRows: number;
  /** Opens the tab of the pane. */
  readonly onMore: () => void;
  readonly nowMillis: number;
}

/** Sends a change. Rejects with the reason why it is refused. */
export async function change(path: string, body: object): Promise<void> {
  await sendJson(path, body);
}

/** The tenant of roles that count everywhere. */
export const ALL_TENANTS = '*';

/** Returns the name of a tenant as it is shown. */
export function tenantText(tenant: string): string {
  return tenant === ALL_TENANTS ? t('all') : tenant;
}

/** Returns the tenants of grants as they are shown. */
export function tenantsText(grants: readonly Grant[]): string {
  return [...new Set(grants.map(({ tenant }) => tenantText(tenant)))].join(', ');
}

/** Returns the roles of grants as they are shown. */
export function rolesText(grants: readonly Grant[]): string {
  return [...new Set(grants.map(({ role }) => role))].join(', ');
}

/** Returns the roles as choices of a form. */
export function roleChoices(roles: RolesResponse | undefined): readonly (readonly [string, string])[] {
  return (roles?.roles ?? []).map(({ name }) => [name, name]);
}

const DEVICES = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;
const SYSTEMS = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'] as const;

/** Returns the browser and system of a header `User-Agent`, as far as it is one of a browser. */
export function deviceText(userAgent: string): string {
  const [, browser] = DEVICES.find(([mark]) => userAgent.includes(mark)) ?? [];
  const system = SYSTEMS.find((name) => userAgent.includes(name));
  if (browser === undefined) return userAgent.slice(0, 60) || t('unknown');
  return system === undefined ? browser : `${browser}, ${system}`;
}

/** Returns who did something, without the kind of account. */
export function personText(subject: string): string {
  return subject.replace(/^user:/, '');
}

/** Formats the time since something happened, to the minute. */
export function sinceText(millis: number): string {
  return millis < 60_000 ? t('now') : formatAge(millis);
}
