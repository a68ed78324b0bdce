import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Compression } from '@otelier/transport';
import { codingName, compress } from '@otelier/transport/compression';
import type { Sender } from '../../component/contract.ts';
import { createRequestSender, type EncodedBatch } from '../../component/sending/request-sender.ts';
import { ClickHouseClient, type ClickHouseClientOptions } from './client.ts';
import { MISSING_TABLE_CODES } from './errors.ts';
import { encodeRows } from './rows.ts';
import { Schema } from './schema.ts';
import type { SchemaOptions } from './statements.ts';
import type { TableName } from './tables.ts';

/** Options for `createClickHouseSender`. */
export interface ClickHouseSenderOptions extends ClickHouseClientOptions {
  readonly schema: SchemaOptions;
  readonly createsSchema: boolean;
  /** The tables of the signal. */
  readonly tables: readonly TableName[];
  readonly compression: Compression;
  /** Logs what does not prevent inserts. */
  warn(message: string, reason: string): void;
}

/** The rows of a table. */
interface Insert {
  readonly table: TableName;
  readonly itemCount: number;
  readonly body: Uint8Array;
}

/** Creates a sender that inserts batches as rows, one insert for each table. */
export function createClickHouseSender(options: ClickHouseSenderOptions): Sender {
  const { compression, createsSchema } = options;
  const client = new ClickHouseClient(options);
  const schema = new Schema(client, options);
  const coding = compression === 'none' ? undefined : codingName(compression);
  return createRequestSender<Insert>({
    client,
    encode: (batch) => encode(batch, compression),
    async send({ table, body }, _batch, abort) {
      const prepared = await schema.prepare(abort);
      if (prepared.kind === 'failed') return outcomeOfFailure(prepared);
      const result = await client.run({ text: schema.insertStatement(table), rows: { body, coding } }, abort);
      if (result.kind === 'done') return ACCEPTED;
      // The table was dropped: it is created before the next attempt.
      const isMissing = createsSchema && result.code !== undefined && MISSING_TABLE_CODES.has(result.code);
      if (isMissing) schema.forget();
      return outcomeOfFailure({ ...result, isTemporary: result.isTemporary || isMissing });
    },
  });
}

async function encode({ signal, parts }: Batch, compression: Compression): Promise<EncodedBatch<Insert>> {
  const requests: Insert[] = [];
  for (const [table, rows] of encodeRows(signal, parts)) {
    const plain = Buffer.from(rows.join('\n'));
    const body = compression === 'none' ? plain : await compress(compression, [plain]);
    requests.push({ table, itemCount: rows.length, body });
  }
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
