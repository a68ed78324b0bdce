import { type Batch, localContext, type Outcome, type Signal } from '@otelier/otlp';
import { openStore } from '@otelier/store';
import { createHttpClient } from '@otelier/transport/http-client';
import { withRetry } from '@otelier/transport/retry';
import { errorMessage } from '../../component/error-message.ts';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { encryptionOf } from '../store/encryption.ts';

/** Consecutive requests of one signal. */
export interface ImportBatch {
  readonly signal: Signal;
  readonly parts: readonly Uint8Array[];
  readonly itemCount: number;
  readonly sizeBytes: number;
}

/** Where an import sends its items. */
export interface Destination {
  readonly name: string;
  send(batch: ImportBatch): Promise<Outcome>;
  /** Returns the number of rows of a signal, if the destination counts them and nothing else writes to it. */
  rows(signal: Signal): Promise<number | undefined>;
  close(): Promise<void>;
}

/** How long an endpoint that is busy or away is retried, in milliseconds. */
const MAX_ELAPSED_MILLIS = 60_000;
const NEVER_MILLIS = Number.MAX_SAFE_INTEGER;

/** Opens a store that no other process has open. Retention is disabled: an import may be of old telemetry. */
export async function storeDestination(directory: string, console: Pick<Console, 'environment'>): Promise<Destination> {
  const limits = { retentionMillis: NEVER_MILLIS, maxBytes: NEVER_MILLIS };
  const store = await openStore({ directory, ...limits, encryption: await encryptionOf(console) });
  return {
    name: directory,
    send: (batch) => store.append(batchOf(batch)),
    rows: async (signal) => {
      const counts = (await store.stats()).signals[signal];
      return (counts?.rows ?? 0) + (counts?.pendingRows ?? 0);
    },
    close: async () => {
      await store.flush();
      await store.close();
    },
  };
}

/** Sends to the OTLP/HTTP endpoint of a running process. */
export function endpointDestination(endpoint: string): Destination {
  try {
    const client = withRetry(createHttpClient({ endpoint, immutableParts: true }), {
      initialIntervalMillis: 500,
      maxElapsedMillis: MAX_ELAPSED_MILLIS,
    });
    return {
      name: endpoint,
      send: ({ signal, parts }) => client.export(signal, parts),
      rows: async () => undefined,
      close: () => client.shutdown(),
    };
  } catch (error) {
    throw new CommandFailure(`--endpoint: ${errorMessage(error)}`, EXIT.usage);
  }
}

function batchOf(batch: ImportBatch): Batch {
  return { ...batch, context: localContext(Date.now()) };
}
