import { propagation, type TextMapPropagator } from '@opentelemetry/api';

/** The global state shared by all copies of the API. The first copy that registers something creates it. */
interface GlobalApi {
  readonly version?: string;
}

const shared = globalThis as { [key: symbol]: GlobalApi | undefined };
const KEY = Symbol.for('opentelemetry.js.api.1');

/** Returns the version of the API copy that registered first. Only copies with the same version can register. */
export function registeredVersion(): string | undefined {
  return shared[KEY]?.version;
}

/**
 * Returns the version of this library's copy of the API. The API does not export its version but writes it on the first
 * registration. Any existing registration is temporarily removed.
 */
export function ownVersion(propagator: TextMapPropagator): string | undefined {
  const existing = shared[KEY];
  delete shared[KEY];
  try {
    propagation.setGlobalPropagator(propagator);
    return registeredVersion();
  } finally {
    if (existing === undefined) delete shared[KEY];
    else shared[KEY] = existing;
  }
}

/**
 * Reports whether a copy sees what another one registered: it must have the same major version and not be newer, except
 * for patches (`semver.ts` in the API).
 */
export function findsRegistered(copyVersion: string, registered: string): boolean {
  if (copyVersion === registered) return true;
  const [copy, other] = [copyVersion, registered].map((version) => RELEASE.exec(version));
  return copy != null && other != null && copy[1] === other[1] && Number(copy[2]) <= Number(other[2]);
}

/** Matches release versions. Prereleases are compatible only with themselves. */
const RELEASE = /^(\d+)\.(\d+)\.\d+$/;
