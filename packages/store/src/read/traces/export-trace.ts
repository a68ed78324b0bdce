import { RequestRebuilder } from '../../columns/rebuild/rebuild.ts';
import type { TraceIdQuery } from '../../contract.ts';
import { storedRows } from '../export.ts';
import type { ReadContext } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { withTraceFiles } from './trace-files.ts';

/** Limits of a single fetch. */
const PIECE = { maxRows: 4096, maxResultBytes: 8 << 20 };

/** Exports a trace as OTLP requests, in arrival order. */
export function exportTrace(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceIdQuery,
): AsyncGenerator<Uint8Array> {
  return withTraceFiles(context, indexes, query, async function* (files) {
    const rebuilder = new RequestRebuilder('traces');
    for (const file of files.all) {
      const parameters = new ParameterBag();
      const condition = `trace_id = ${parameters.add(query.traceId)}`;
      const text = `SELECT * FROM ${new Files([file]).relation} WHERE ${condition}`;
      const limits = { ...context.limits, ...PIECE };
      const statement = { tenant: query.tenant, text, parameters: parameters.values, limits };
      for await (const result of context.duck.stream(statement)) {
        for (const row of storedRows(result)) {
          const request = rebuilder.add(row);
          if (request !== undefined) yield request;
        }
      }
    }
    const last = rebuilder.finish();
    if (last !== undefined) yield last;
  });
}
