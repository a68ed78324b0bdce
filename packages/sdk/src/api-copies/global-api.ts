import { propagation, type TextMapPropagator } from '@opentelemetry/api';

/** What all copies of the API share: the first that registers something makes it, with its version. */
interface GlobalApi {
  readonly version?: string;
}

const shared = globalThis as { [key: symbol]: GlobalApi | undefined };
const KEY = Symbol.for('opentelemetry.js.api.1');

/** The version of the copy of the API that has registered first; only copies of the same version can register. */
export function registeredVersion(): string | undefined {
  return shared[KEY]?.version;
}

/**
 * The version of the copy that this library has been given. The API does not tell: it is what a registration writes where there is none, so that of others
 * is put aside for as long.
 */
export function ownVersion(propagator: TextMapPropagator): string | undefined {
  const others = shared[KEY];
  delete shared[KEY];
  try {
    propagation.setGlobalPropagator(propagator);
    return registeredVersion();
  } finally {
    if (others === undefined) delete shared[KEY];
    else shared[KEY] = others;
  }
}

/** Whether a copy finds what another has registered: of the same major version, and not older than itself but for patches (`semver.ts` of the API). */
export function findsRegistered(copyVersion: string, registered: string): boolean {
  if (copyVersion === registered) return true;
  const [copy, other] = [copyVersion, registered].map((version) => RELEASE.exec(version));
  return copy != null && other != null && copy[1] === other[1] && Number(copy[2]) <= Number(other[2]);
}

/** Versions before a release fit none but themselves. */
const RELEASE = /^(\d+)\.(\d+)\.\d+$/;
