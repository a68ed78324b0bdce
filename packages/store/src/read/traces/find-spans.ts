import type { TraceTextQuery } from '../../contract.ts';
import { isScannableText } from '../../scan/text-search.ts';
import { ATTRIBUTE_KEYS } from '../../schema.ts';
import { sourcesOf } from '../scan/sources.ts';
import { compileText } from '../shared/conditions.ts';
import { asText, type ReadContext, select, withFiles } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { earlier, later } from '../shared/times.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';

/** Returns the IDs of a trace's spans that contain a string, in any order. */
export async function findSpans(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceTextQuery,
): Promise<readonly string[]> {
  const { tenant, traceId, text } = query;
  return withFiles(context, tenant, 'traces', async (all) => {
    const files = await indexes.select(all, [traceId]);
    if (files.isEmpty) return [];
    const scanned = await scannedSpans(context, files, query);
    if (scanned !== undefined) return scanned;
    const parameters = new ParameterBag();
    const ofTrace = `trace_id = ${parameters.add(traceId)}`;
    const wanted = parameters.add(text.toLowerCase());
    const keys = `list_transform(from_json(${ATTRIBUTE_KEYS}, '["VARCHAR"]'), lambda k: lower(left(k, -2)))`;
    const tests = [
      compileText(text, ['name', 'service_name', 'status_message'], { signal: 'traces', files, parameters }),
      `coalesce(len(list_filter(${keys}, lambda k: contains(k, ${wanted}))) > 0, false)`,
      `lower(hex(span_id)) = ${wanted}`,
    ];
    const matching = `${ofTrace} AND (${tests.join(' OR ')})`;
    const statement = `SELECT lower(hex(span_id)) AS id FROM ${files.relation} WHERE ${matching}`;
    return (await select(context, tenant, statement, parameters)).map((row) => asText(row['id']));
  });
}

/** Returns the spans found without the engine; `undefined` if only the engine can find them. */
async function scannedSpans(
  context: ReadContext,
  files: Files,
  { traceId, text }: TraceTextQuery,
): Promise<readonly string[] | undefined> {
  // The scan does not compare IDs.
  if (!isScannableText(text) || /^[0-9a-f]{16}$/i.test(text)) return undefined;
  const { timeoutMillis, maxResultBytes } = context.limits;
  const start = files.all.map(({ minTime }) => minTime).reduce(earlier);
  const end = files.all.map(({ maxTime }) => maxTime + 1n).reduce(later);
  const request = { kind: 'spans', conditions: [], traceId, text, timeoutMillis, maxBytes: maxResultBytes } as const;
  const found = await context.duck.scan(
    { ...request, sources: sourcesOf(files, []), ranges: [{ start, end }] },
    context.caller,
  );
  return found?.kind === 'spans' ? idsIn(found.spanIds) : undefined;
}

const ID_DIGITS = 16;

function idsIn(text: string): readonly string[] {
  return Array.from({ length: text.length / ID_DIGITS }, (_, i) => text.slice(i * ID_DIGITS, (i + 1) * ID_DIGITS));
}
