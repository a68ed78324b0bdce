import type { Signal } from '@otelier/otlp';
import type { ExportClient } from '@otelier/transport';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import { withRetry } from '@otelier/transport/retry';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';
import { findQueues, readBatches } from './queues.ts';

/** The options of `otelier journal replay`. */
export interface JournalReplayOptions {
  readonly endpoint: string;
  readonly protocol: 'grpc' | 'http';
  readonly header?: readonly string[];
  readonly all?: boolean;
  readonly signal?: Signal;
  readonly json?: boolean;
}

/** What was sent. */
interface Replayed {
  batches: number;
  items: number;
  rejectedItems: number;
  damaged: number;
}

/** How long an endpoint that is busy or away is retried. */
const MAX_ELAPSED_MILLIS = 60_000;

/** Sends the batches of queues to an endpoint, in order, and sets exit code 1 if some were not accepted. Changes no file. */
export async function journalReplayCommand(
  directory: string,
  { endpoint, protocol, header = [], json = false, ...selection }: JournalReplayOptions,
  console: Console,
): Promise<void> {
  const queues = findQueues(directory);
  const client = createClient(endpoint, protocol, header);
  const replayed: Replayed = { batches: 0, items: 0, rejectedItems: 0, damaged: 0 };
  const report = (message: string) => {
    replayed.damaged += 1;
    console.error(terminalText(`damaged: ${message}`));
  };
  try {
    for (const queue of queues) {
      for await (const { signal, parts, itemCount } of readBatches(queue, selection, report, console.environment)) {
        const outcome = await client.export(signal, parts);
        if (outcome.kind === 'retry') throw new CommandFailure(`${endpoint}: ${outcome.reason}`);
        const rejected =
          outcome.kind === 'refused' ? itemCount : outcome.kind === 'partial' ? outcome.rejectedItems : 0;
        if (outcome.kind !== 'accepted') console.error(terminalText(`rejected ${rejected} items: ${outcome.reason}`));
        replayed.batches += 1;
        replayed.items += itemCount - rejected;
        replayed.rejectedItems += rejected;
      }
    }
  } finally {
    await client.shutdown();
    console.print(json ? JSON.stringify(replayed) : summaryOf(replayed));
  }
  if (replayed.rejectedItems > 0 || replayed.damaged > 0) process.exitCode = 1;
}

function createClient(endpoint: string, protocol: 'grpc' | 'http', headers: readonly string[]): ExportClient {
  const options = { endpoint, headers: Object.fromEntries(headers.map(headerOf)), immutableParts: true };
  try {
    const client = protocol === 'grpc' ? createGrpcClient(options) : createHttpClient(options);
    return withRetry(client, { initialIntervalMillis: 500, maxElapsedMillis: MAX_ELAPSED_MILLIS });
  } catch (error) {
    throw new CommandFailure(`--endpoint: ${error instanceof Error ? error.message : String(error)}`, EXIT.usage);
  }
}

function headerOf(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new CommandFailure(`--header: expected NAME=VALUE, got "${text}"`, EXIT.usage);
  return [text.slice(0, at), text.slice(at + 1)];
}

function summaryOf({ batches, items, rejectedItems }: Replayed): string {
  return `sent ${batches} batches with ${items} items${rejectedItems > 0 ? `, ${rejectedItems} items rejected` : ''}`;
}
