import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Compression } from '@otelier/transport';
import { codingName, compress } from '@otelier/transport/compression';
import type { Sender } from '../../component/contract.ts';
import { createRequestSender, type EncodedBatch } from '../../component/sending/request-sender.ts';
import {
  ClickHouseClient,
  type ClickHouseClientOptions,
  type Statement,
  type StatementResult,
  type StatementStream,
} from './client.ts';
import { MISSING_TABLE_CODES } from './errors.ts';
import { encodeRows, type FurtherColumns } from './rows.ts';
import { Schema, type SchemaAdditions } from './schema.ts';
import type { SchemaOptions } from './statements.ts';
import { TableInserts } from './table-inserts.ts';
import type { TableName } from './tables.ts';

/** Options for `createClickHouseSender`. */
export interface ClickHouseSenderOptions extends ClickHouseClientOptions {
  readonly schema: SchemaOptions;
  readonly createsSchema: boolean;
  /** The tables of the signal. */
  readonly tables: readonly TableName[];
  readonly compression: Compression;
  /** What a store adds to the tables, and the columns that it adds to the rows of a batch. */
  readonly additions?: SchemaAdditions & { readonly rowsOf: (batch: Batch) => FurtherColumns };
  /** Logs what does not prevent inserts. */
  warn(message: string, reason: string): void;
}

/** The rows of a table. */
interface Insert {
  readonly table: TableName;
  readonly itemCount: number;
  /** JSON, a row in each line. */
  readonly rows: Uint8Array;
}

/** A sender of batches, which also runs other statements. */
export interface ClickHouseSender extends Required<Pick<Sender, 'start' | 'send' | 'shutdown'>> {
  /** Creates the tables, if that has not been done. */
  prepare(abort: AbortSignal): Promise<StatementResult>;
  /** Runs a statement and streams the response. */
  stream(statement: Statement, abort: AbortSignal): Promise<StatementStream>;
}

/** Creates a sender that inserts batches as rows, one insert for each table, which other batches can share. */
export function createClickHouseSender(options: ClickHouseSenderOptions): ClickHouseSender {
  const { compression, createsSchema } = options;
  const client = new ClickHouseClient(options);
  const schema = new Schema(client, options);
  const coding = compression === 'none' ? undefined : codingName(compression);
  const insertInto = (table: TableName): TableInserts =>
    new TableInserts(async (rows, abort) => {
      const prepared = await schema.prepare(abort);
      if (prepared.kind === 'failed') return outcomeOfFailure(prepared);
      const body = compression === 'none' ? rows : await compress(compression, [rows]);
      const result = await client.run({ text: schema.insertStatement(table), rows: { body, coding } }, abort);
      if (result.kind === 'done') return ACCEPTED;
      // The table was dropped: it is created before the next attempt.
      const isMissing = createsSchema && result.code !== undefined && MISSING_TABLE_CODES.has(result.code);
      if (isMissing) schema.forget();
      return outcomeOfFailure({ ...result, isTemporary: result.isTemporary || isMissing });
    });
  const inserts = new Map(options.tables.map((table) => [table, insertInto(table)]));
  const sender = createRequestSender<Insert>({
    client,
    encode: (batch) => encode(batch, options),
    async send({ table, rows }, _batch, abort) {
      const own = inserts.get(table);
      if (own === undefined) throw new Error(`expected no rows of ${table}`);
      return own.add(rows, abort);
    },
  });
  return {
    start: async () => client.start(),
    send: (batch, abort, onUnused) => sender.send(batch, abort, onUnused),
    shutdown: async () => client.close(),
    prepare: (abort) => schema.prepare(abort),
    stream: (statement, abort) => client.stream(statement, abort),
  };
}

function encode(batch: Batch, { additions }: ClickHouseSenderOptions): EncodedBatch<Insert> {
  const requests = [...encodeRows(batch.signal, batch.parts, additions?.rowsOf(batch))].map(([table, rows]) => ({
    table,
    itemCount: rows.length,
    rows: Buffer.from(rows.join('\n')),
  }));
  return { requests, rejectedItems: 0, reason: '' };
}

interface Failure {
  readonly reason: string;
  readonly isTemporary: boolean;
  readonly unreachable: boolean;
}

function outcomeOfFailure({ reason, isTemporary, unreachable }: Failure): Outcome {
  if (!isTemporary) return { kind: 'refused', reason };
  return { kind: 'retry', afterMillis: undefined, reason, ...(unreachable && { unreachable }) };
}
