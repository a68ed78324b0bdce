import { DEFAULT_TENANT, requestFromJson, type Signal } from '@otelier/otlp';
import { createApiClient } from '@otelier/query/client';
import type { Console } from '../console.ts';
import { requireStore } from '../directory.ts';
import { CommandFailure } from '../failure.ts';
import { encryptionOf } from '../store/encryption.ts';

/** The location of stored telemetry. */
export interface StoreLocation {
  readonly url: string;
  /** Directory of a store that no process has open. Default: the store of the process at `url`. */
  readonly data?: string;
}

/** Returns a signal's stored requests in order of arrival. Times are in nanoseconds since the epoch. */
export async function* storedRequests(
  { url, data }: StoreLocation,
  signal: Signal,
  range: { readonly start: bigint; readonly end: bigint },
  console: Console,
): AsyncGenerator<Uint8Array> {
  if (data === undefined) {
    const client = createApiClient(url, { token: console.environment['OTELIER_TOKEN'] });
    for await (const line of client.exportLines({ signal, ...range })) yield encode(signal, line);
    return;
  }
  requireStore(data);
  const { openStoreReadOnly } = await import('@otelier/store');
  const store = await openStoreReadOnly(data, await encryptionOf(console));
  try {
    yield* store.export({ tenant: DEFAULT_TENANT, signal, ...range });
  } finally {
    await store.close();
  }
}

function encode(signal: Signal, line: string): Uint8Array {
  const encoded = requestFromJson(signal, line);
  if (encoded.ok) return encoded.bytes;
  throw new CommandFailure(`expected OTLP/JSON from the running process, got ${line.slice(0, 60)}`);
}
