import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch, Signal } from '@otelier/otlp';
import { createBuilder } from '../columns/builders.ts';
import type { SignalBuilder } from '../columns/signal-builder.ts';
import { encodeParquet } from '../parquet/file.ts';
import { tenantDirectory } from '../schema.ts';
import { buildSummary, placeOf as summaryPlaceOf } from '../summaries/build.ts';
import { numbered } from '../write/files/file-numbers.ts';
import { placeOf, replyFrom } from '../write/pending-replies.ts';
import type {
  DirectSnapshot,
  PendingPlace,
  PendingQuestion,
  Snapshot,
  SnapshotAccess,
  StoredFile,
} from '../write/protocol.ts';

/**
 * Writes files with the column builders but without the store thread, journal and file life cycle, for tests of the
 * read side. Each `cut` ends a file. Later rows are in the last file of a snapshot.
 */
export class WrittenFiles implements SnapshotAccess {
  readonly directory: string;
  readonly #tables = new Map<string, { builder: SignalBuilder; readonly files: StoredFile[] }>();
  #made = 0;
  /** Number of snapshots that have not been released. */
  pinned = 0;
  /** Number of snapshots that contained pending rows. */
  snapshots = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  append({ signal, parts, context }: Batch): void {
    const { builder } = this.#table(context.tenant, signal);
    for (const part of parts) builder.append(part, context.arrivalMillis);
  }

  /** Writes the pending rows of each tenant and signal to files. */
  cut(): void {
    for (const [key, table] of this.#tables) {
      const [tenant = '', signal] = JSON.parse(key) as [string, Signal];
      if (table.builder.rows === 0) continue;
      table.files.push(this.#write('data', tenant, signal, table.builder));
      table.builder = createBuilder(signal);
    }
  }

  async snapshot(tenant: string, signal: Signal): Promise<Snapshot> {
    const { builder, files } = this.#table(tenant, signal);
    this.pinned += 1;
    if (builder.rows > 0) this.snapshots += 1;
    const waiting = builder.rows === 0 ? [] : [this.#write('tail', tenant, signal, builder)];
    return { pin: this.pinned, files: [...files, ...waiting] };
  }

  async direct(tenant: string, signal: Signal, question: PendingQuestion): Promise<DirectSnapshot> {
    const { builder, files } = this.#table(tenant, signal);
    this.pinned += 1;
    if (builder.rows === 0) return { pin: this.pinned, files, pending: undefined, reply: {} };
    const pending = placeOf([{ builder, rows: builder.rows, generation: files.length }]);
    return {
      pin: this.pinned,
      files: [...files],
      pending,
      reply: replyFrom([{ builder, rows: pending.rows }], question),
    };
  }

  async pending(tenant: string, signal: Signal, { rows, parts }: PendingPlace, question: PendingQuestion) {
    const { builder, files } = this.#table(tenant, signal);
    return parts[0]?.generation === files.length ? replyFrom([{ builder, rows }], question) : undefined;
  }

  release(): void {
    this.pinned -= 1;
  }

  async tenants(): Promise<readonly string[]> {
    return [...new Set([...this.#tables.keys()].map((key) => (JSON.parse(key) as [string])[0]))];
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #table(tenant: string, signal: Signal): { builder: SignalBuilder; readonly files: StoredFile[] } {
    const key = JSON.stringify([tenant, signal]);
    const table = this.#tables.get(key) ?? { builder: createBuilder(signal), files: [] };
    this.#tables.set(key, table);
    return table;
  }

  #write(part: 'data' | 'tail', tenant: string, signal: Signal, builder: SignalBuilder): StoredFile {
    const table = builder.table(0, builder.rows);
    const directory = join(this.directory, part, tenantDirectory(tenant), signal);
    mkdirSync(directory, { recursive: true });
    const number = this.#made++;
    const path = join(directory, `${number}-${numbered(number)}`);
    const summary = buildSummary(signal, table);
    const indexBytes = table.traceIndex.length;
    let offset = 0;
    const pieces = encodeParquet(table.columns, {
      rows: table.rows,
      attachment: summary === undefined ? table.traceIndex : Buffer.concat([table.traceIndex, summary.bytes]),
      metadata: (attachment) => {
        offset = attachment.offset;
        return {};
      },
    });
    writeFileSync(path, Buffer.concat(pieces));
    return {
      path,
      rows: table.rows,
      bytes: pieces.reduce((sum, piece) => sum + piece.length, 0),
      minTime: table.minTime,
      maxTime: table.maxTime,
      promoted: table.promoted,
      keys: table.keys,
      traceIndex: indexBytes === 0 ? undefined : { offset, length: indexBytes },
      summary: summary && summaryPlaceOf(summary, offset + indexBytes),
    };
  }
}
