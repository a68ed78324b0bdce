import { createWriteStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DEFAULT_TENANT } from '@otelier/otlp';
import { createApiClient } from '@otelier/query/client';
import type { SqlFormat } from '@otelier/store';
import { errorMessage } from '../component/error-message.ts';
import { EXIT } from './commands/exit-codes.ts';
import type { Console } from './console.ts';
import { requireStore } from './directory.ts';
import { CommandFailure } from './failure.ts';
import { MORE_ROWS } from './rows.ts';
import { encryptionOf } from './store/encryption.ts';

/** Options for `printEncoded`. */
export interface EncodedOptions {
  readonly format: SqlFormat;
  readonly url: string;
  readonly data?: string;
  readonly formulaSafe?: boolean;
  readonly output?: string;
  readonly maxRows?: number;
}

/** Runs a statement and writes its rows as CSV, Arrow or Parquet to a file or to standard output. */
export async function printEncoded(statement: string, options: EncodedOptions, console: Console): Promise<void> {
  const { format, output, url, data } = options;
  if (format !== 'csv' && output === undefined && process.stdout.isTTY) {
    throw new CommandFailure(`--format ${format}: expected --output FILE, or a pipe, got a terminal`, EXIT.usage);
  }
  const request = {
    statement,
    format,
    ...(options.maxRows !== undefined && { maxRows: options.maxRows }),
    ...(options.formulaSafe !== undefined && { formulaSafe: options.formulaSafe }),
  };
  if (data === undefined) {
    const client = createApiClient(url, { token: console.environment['OTELIER_TOKEN'] });
    await write(await client.sqlEncoded(request), output, console);
    return;
  }
  requireStore(data);
  const { openStoreReadOnly } = await import('@otelier/store');
  const store = await openStoreReadOnly(data, await encryptionOf(console));
  try {
    if (store.sql === undefined) throw new CommandFailure(`${data}: expected a store that supports SQL.`);
    await write(await store.sql.queryEncoded({ tenant: DEFAULT_TENANT, ...request }), output, console);
  } finally {
    await store.close();
  }
}

async function write(
  { pieces, truncated }: { readonly pieces: AsyncIterable<Uint8Array>; readonly truncated: boolean },
  output: string | undefined,
  console: Console,
): Promise<void> {
  const target: Writable = output === undefined ? process.stdout : createWriteStream(output);
  try {
    await pipeline(Readable.from(pieces), target, { end: output !== undefined });
  } catch (error) {
    if (output === undefined || !(error instanceof Error && 'syscall' in error)) throw error;
    throw new CommandFailure(`--output: ${errorMessage(error)}`);
  }
  if (truncated) console.error(MORE_ROWS);
}
