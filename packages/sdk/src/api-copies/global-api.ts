import { propagation, type TextMapPropagator } from '@opentelemetry/api';

/** The global state that all copies of the API share. The first copy that registers something creates it. */
interface GlobalApi {
  readonly version?: string;
}

const shared = globalThis as { [key: symbol]: GlobalApi | undefined };
const KEY = Symbol.for('opentelemetry.js.api.1');

/** Returns the version of the API copy that registered first. Only copies of the same version can register. */
export function registeredVersion(): string | undefined {
  return shared[KEY]?.version;
}

/**
 * Returns the version of this library's copy of the API. The API does not export its version, but writes it on the
 * first registration. Any existing registration is put aside meanwhile.
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
 * Whether a copy finds what another one registered: same major version, and not newer except for patches (`semver.ts`
 * of the API).
 */
export function findsRegistered(copyVersion: string, registered: string): boolean {
  if (copyVersion === registered) return true;
  const [copy, other] = [copyVersion, registered].map((version) => RELEASE.exec(version));
  return copy != null && other != null && copy[1] === other[1] && Number(copy[2]) <= Number(other[2]);
}

/** Matches releases. Prereleases are compatible only with themselves. */
const RELEASE = /^(\d+)\.(\d+)\.\d+$/;
