import { RequestRebuilder } from '../../columns/rebuild/rebuild.ts';
import type { StoredRow } from '../../columns/rebuild/rebuild-item.ts';
import type { TraceIdQuery } from '../../contract.ts';
import { COLUMNS } from '../../schema.ts';
import type { DirectSnapshot } from '../../write/protocol.ts';
import { storedRows } from '../export.ts';
import { rowObjects } from '../lookup/direct.ts';
import type { ReadContext } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';

/** Limits of a single fetch. */
const PIECE = { maxRows: 4096, maxResultBytes: 8 << 20 };
/** The pending rows of a trace. Larger traces are read from a snapshot of the pending rows. */
const PENDING = {
  ...{ columns: Object.keys(COLUMNS.traces), withAttributes: true },
  ...{ maxRows: PIECE.maxRows, maxBytes: PIECE.maxResultBytes },
} as const;

/** Exports a trace as OTLP requests, in arrival order. */
export async function* exportTrace(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceIdQuery,
): AsyncGenerator<Uint8Array> {
  const { files: all, rows, release } = await openTrace(context, query);
  try {
    const rebuilder = new RequestRebuilder('traces');
    for (const file of (await indexes.select(all, [query.traceId])).all) {
      for await (const row of fileRows(context, query, new Files([file]))) {
        const request = rebuilder.add(row);
        if (request !== undefined) yield request;
      }
    }
    for (const row of rows) {
      const request = rebuilder.add(row);
      if (request !== undefined) yield request;
    }
    const last = rebuilder.finish();
    if (last !== undefined) yield last;
  } finally {
    release();
  }
}

/** The files that may contain a trace, and its pending rows that none of them contains. */
interface OpenTrace {
  readonly files: Files;
  readonly rows: readonly StoredRow[];
  readonly release: () => void;
}

async function openTrace({ access }: ReadContext, { tenant, traceId }: TraceIdQuery): Promise<OpenTrace> {
  const direct = await access.direct?.(tenant, 'traces', { traceRows: { traceIds: [traceId], ...PENDING } });
  if (direct !== undefined && (direct.pending === undefined || direct.reply.traceRows !== undefined)) {
    return { files: withRows(direct), rows: pendingRows(direct), release: () => access.release(direct) };
  }
  if (direct !== undefined) access.release(direct);
  const snapshot = await access.snapshot(tenant, 'traces');
  return { files: withRows(snapshot), rows: [], release: () => access.release(snapshot) };
}

function withRows({ files }: Pick<DirectSnapshot, 'files'>): Files {
  return new Files(files.filter((file) => file.rows > 0));
}

function pendingRows({ reply }: DirectSnapshot): readonly StoredRow[] {
  const rows = reply.traceRows === undefined ? [] : rowObjects(reply.traceRows);
  return rows.map((row) => {
    const cells = Object.entries(row).map(([name, cell]) => {
      const isId = COLUMNS.traces[name] === 'id8' && typeof cell === 'string';
      return [name, isId ? Buffer.from(cell, 'hex') : (cell ?? undefined)] as const;
    });
    return Object.fromEntries(cells) as StoredRow;
  });
}

async function* fileRows(context: ReadContext, query: TraceIdQuery, file: Files): AsyncGenerator<StoredRow> {
  const parameters = new ParameterBag();
  const condition = `trace_id = ${parameters.add(query.traceId)}`;
  const text = `SELECT * FROM ${file.relation} WHERE ${condition}`;
  const limits = { ...context.limits, ...PIECE };
  const statement = { tenant: query.tenant, text, parameters: parameters.values, limits };
  for await (const result of context.duck.stream(statement)) yield* storedRows(result);
}
