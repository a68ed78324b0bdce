import type { ErrorCause, JsonValue } from '@otelier/query';
import { millisOf } from '../../../format/time.ts';

/**
 * How an error was set aside: `resolved` until it occurs again, `next-version` until it occurs in another version,
 * `ignored` until someone takes it back.
 */
export type AsideState = 'resolved' | 'next-version' | 'ignored';

/** An error that was set aside. */
export interface Aside {
  readonly state: AsideState;
  readonly atMillis: number;
  /** The versions in which it had occurred. */
  readonly versions: readonly string[];
}

/** Whether an error is listed, set aside, or occurred again after it was. */
export type CauseState = 'open' | 'aside' | 'regressed';

/** Errors that are set aside, by fingerprint. */
export type Asides = ReadonlyMap<string, Aside>;

/** Maximum number of errors that are kept, those that were set aside last. */
const MAX_KEPT = 1000;

/** Returns the state of a cause, from its occurrences in the range. */
export function stateOf(cause: ErrorCause, asides: Asides): CauseState {
  const aside = asides.get(cause.fingerprint);
  if (aside === undefined) return 'open';
  const isLater = millisOf(cause.lastSeenNanos) > aside.atMillis;
  if (aside.state === 'ignored' || !isLater) return 'aside';
  return aside.state === 'resolved' || newVersions(cause, aside).length > 0 ? 'regressed' : 'aside';
}

/** Returns the causes that are listed: all but those that are set aside. */
export function listedCauses(causes: readonly ErrorCause[], asides: Asides): readonly ErrorCause[] {
  return causes.filter((cause) => stateOf(cause, asides) !== 'aside');
}

/** Returns the versions of a cause in which it had not occurred when it was set aside. */
export function newVersions(cause: ErrorCause, aside: Aside): readonly string[] {
  return cause.versions.map(({ value }) => value).filter((version) => !aside.versions.includes(version));
}

/** Reads the saved errors. Entries that are damaged or unknown are left out. */
export function readAsides(content: JsonValue | undefined): Asides {
  const causes = isObject(content) ? content['causes'] : undefined;
  if (!isObject(causes)) return new Map();
  return new Map(
    Object.entries(causes).flatMap(([fingerprint, value]): [string, Aside][] => {
      if (!isObject(value)) return [];
      const { state, atMillis, versions } = value;
      if (state !== 'resolved' && state !== 'next-version' && state !== 'ignored') return [];
      if (typeof atMillis !== 'number' || !Array.isArray(versions)) return [];
      return [[fingerprint, { state, atMillis, versions: versions.filter((one) => typeof one === 'string') }]];
    }),
  );
}

/** Returns what is saved. */
export function writeAsides(asides: Asides): JsonValue {
  const kept = [...asides].sort(([, a], [, b]) => b.atMillis - a.atMillis).slice(0, MAX_KEPT);
  return { causes: Object.fromEntries(kept.map(([id, aside]) => [id, { ...aside, versions: [...aside.versions] }])) };
}

function isObject(value: unknown): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
