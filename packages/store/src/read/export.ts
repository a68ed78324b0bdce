import { RequestRebuilder } from '../columns/rebuild/rebuild.ts';
import type { StoredRow } from '../columns/rebuild/rebuild-item.ts';
import type { ExportQuery, RangeQuery } from '../contract.ts';
import { TIME_COLUMN } from '../schema.ts';
import type { StatementLimits, StatementResult } from './duck/protocol.ts';
import { type ReadContext, where } from './shared/context.ts';
import { Files } from './shared/files.ts';
import { rangeConditions } from './shared/steps.ts';

const EARLIEST = -(2n ** 63n);
const LATEST = 2n ** 63n;
/** Limits of a single fetch. */
const PIECE = { maxRows: 8192, maxResultBytes: 8 << 20 };

/** Exports stored telemetry as OTLP requests, in arrival order. */
export async function* exportRequests(context: ReadContext, query: ExportQuery): AsyncGenerator<Uint8Array> {
  const range = { tenant: query.tenant, start: query.start ?? EARLIEST, end: query.end ?? LATEST };
  const limits: StatementLimits = { ...context.limits, ...PIECE };
  const rebuilder = new RequestRebuilder(query.signal);
  const snapshot = await context.access.snapshot(query.tenant, query.signal);
  try {
    for (const file of new Files(snapshot.files).overlapping(range.start, range.end).all) {
      const text = fileStatement(query, range, new Files([file]));
      for await (const result of context.duck.stream({ tenant: query.tenant, text, parameters: {}, limits })) {
        for (const row of storedRows(result)) {
          const request = rebuilder.add(row);
          if (request !== undefined) yield request;
        }
      }
    }
    const last = rebuilder.finish();
    if (last !== undefined) yield last;
  } finally {
    context.access.release(snapshot);
  }
}

function fileStatement({ signal }: ExportQuery, range: RangeQuery, file: Files): string {
  return `SELECT * FROM ${file.relation} ${where(rangeConditions(TIME_COLUMN[signal], range, file))}`;
}

/** Converts a result to rows. */
export function* storedRows({ columns, rowCount }: StatementResult): Generator<StoredRow> {
  for (let row = 0; row < rowCount; row++) {
    yield Object.fromEntries(columns.map(({ name, values }) => [name, values[row] ?? undefined])) as StoredRow;
  }
}
