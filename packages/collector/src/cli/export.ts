import { DEFAULT_TENANT, requestToJson, type Signal } from '@otelier/otlp';
import { createApiClient } from '@otelier/query/client';
import { parseDuration } from '../component/units.ts';
import { EXIT } from './commands/exit-codes.ts';
import type { Console } from './console.ts';
import { requireStore } from './directory.ts';
import { CommandFailure } from './failure.ts';
import { bytesText } from './graph/numbers.ts';
import { encryptionOf } from './store/encryption.ts';
import { terminalText } from './terminal-text.ts';

/** Options for `otelier export`. */
export interface ExportOptions {
  readonly signal: Signal;
  readonly since?: string;
  readonly until?: string;
  readonly url: string;
  readonly data?: string;
}

/** Writes stored telemetry to standard output as OTLP/JSON, one export request per line. */
export async function exportCommand(
  { signal, since, until, url, data }: ExportOptions,
  console: Console,
): Promise<void> {
  const now = Date.now();
  const range = { ...rangeEnd('start', '--since', since, now), ...rangeEnd('end', '--until', until, now) };
  const write = createLineWriter(console);
  if (data === undefined) {
    const client = createApiClient(url, { token: console.environment['OTELIER_TOKEN'] });
    for await (const line of client.exportLines({ signal, ...range })) await write(line);
    return;
  }
  requireStore(data);
  const { openStoreReadOnly } = await import('@otelier/store');
  const store = await openStoreReadOnly(data, await encryptionOf(console));
  try {
    for await (const request of store.export({ tenant: DEFAULT_TENANT, signal, ...range }))
      await write(requestToJson(signal, request));
  } finally {
    await store.close();
  }
}

function rangeEnd(
  key: 'start' | 'end',
  option: string,
  text: string | undefined,
  nowMillis: number,
): { [k in 'start' | 'end']?: bigint } {
  if (text === undefined) return {};
  const before = parseDuration(text);
  const millis = before === undefined ? Date.parse(text) : nowMillis - before;
  if (Number.isNaN(millis))
    throw new CommandFailure(
      `${option}: expected an ISO time such as 2026-11-24T10:00:00Z or a duration such as 2h, got "${text}"`,
      EXIT.usage,
    );
  return { [key]: BigInt(Math.round(millis)) * 1_000_000n };
}

/** Writes to standard output, waiting for slow readers so that output does not accumulate in memory. */
function createLineWriter(console: Console): (line: string) => Promise<void> | undefined {
  let [requests, bytes] = [0, 0];
  // On a terminal, the output itself shows the progress.
  const isShown = process.stdout.isTTY !== true;
  return (line) => {
    requests += 1;
    bytes += line.length;
    if (isShown) console.progress(() => `${requests.toLocaleString('en')} requests, ${bytesText(bytes)}`);
    if (process.stdout.write(`${terminalText(line)}\n`)) return undefined;
    return new Promise((resolve) => process.stdout.once('drain', resolve));
  };
}
