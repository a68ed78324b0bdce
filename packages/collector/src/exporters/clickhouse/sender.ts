import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Compression } from '@otelier/transport';
import { codingName, compress } from '@otelier/transport/compression';
import type { Sender } from '../../component/contract.ts';
import { ClickHouseClient, type ClickHouseClientOptions } from './client.ts';
import { MISSING_TABLE_CODES } from './errors.ts';
import { encodeRows } from './rows.ts';
import { Schema } from './schema.ts';
import type { SchemaOptions } from './statements.ts';
import type { TableName } from './tables.ts';

/** Options for `ClickHouseSender`. */
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

/** The inserts of a batch that the server does not have yet, when the batch is sent again. */
interface PendingInserts {
  inserts: readonly Insert[];
  acceptedItems: number;
  rejectedItems: number;
  reason: string;
}

/** Inserts batches as rows, one insert for each table. */
export class ClickHouseSender implements Sender {
  readonly #options: ClickHouseSenderOptions;
  readonly #client: ClickHouseClient;
  readonly #schema: Schema;
  readonly #pending = new WeakMap<Batch, PendingInserts>();

  constructor(options: ClickHouseSenderOptions) {
    this.#options = options;
    this.#client = new ClickHouseClient(options);
    this.#schema = new Schema(this.#client, options);
  }

  async start(): Promise<void> {
    this.#client.start();
  }

  async send(batch: Batch, abort: AbortSignal, onUnused: () => void): Promise<Outcome> {
    let pending = this.#pending.get(batch);
    if (pending === undefined) {
      pending = await this.#encode(batch);
      this.#pending.set(batch, pending);
    }
    onUnused();
    const prepared = await this.#schema.prepare(abort);
    if (prepared.kind === 'failed') return outcomeOfFailure(prepared);
    while (pending.inserts.length > 0) {
      const [insert, ...rest] = pending.inserts;
      const failed = insert && (await this.#insert(insert, pending, abort));
      if (failed) return failed;
      pending.inserts = rest;
    }
    const { acceptedItems, rejectedItems, reason } = pending;
    if (rejectedItems === 0) return ACCEPTED;
    return acceptedItems === 0 ? { kind: 'refused', reason } : { kind: 'partial', rejectedItems, reason };
  }

  async shutdown(): Promise<void> {
    this.#client.close();
  }

  /** Inserts the rows of a table. Returns why they have to be inserted again later. */
  async #insert(insert: Insert, pending: PendingInserts, abort: AbortSignal): Promise<Outcome | undefined> {
    const { compression, createsSchema } = this.#options;
    const coding = compression === 'none' ? undefined : codingName(compression);
    const text = this.#schema.insertStatement(insert.table);
    const result = await this.#client.run({ text, rows: { body: insert.body, coding } }, abort);
    if (result.kind === 'done') {
      pending.acceptedItems += insert.itemCount;
      return undefined;
    }
    // The table was dropped: it is created before the next attempt.
    const isMissing = result.code !== undefined && MISSING_TABLE_CODES.has(result.code);
    if (isMissing && createsSchema) this.#schema.forget();
    if (result.isTemporary || (isMissing && createsSchema)) return outcomeOfFailure({ ...result, isTemporary: true });
    if (pending.rejectedItems === 0) pending.reason = result.reason;
    pending.rejectedItems += insert.itemCount;
    return undefined;
  }

  async #encode({ signal, parts }: Batch): Promise<PendingInserts> {
    const { compression } = this.#options;
    const inserts: Insert[] = [];
    for (const [table, rows] of encodeRows(signal, parts)) {
      const plain = Buffer.from(rows.join('\n'));
      const body = compression === 'none' ? plain : await compress(compression, [plain]);
      inserts.push({ table, itemCount: rows.length, body });
    }
    return { inserts, acceptedItems: 0, rejectedItems: 0, reason: '' };
  }
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
