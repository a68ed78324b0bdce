import type { LogHistogramStep, LogQuery, SeverityName } from '../../contract.ts';
import type { SeverityCount } from '../../scan/collect-severities.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { SECTIONS } from '../../summaries/encode.ts';
import { withDirect } from '../lookup/direct.ts';
import { sourcesOf } from '../scan/sources.ts';
import { asNumber, type ReadContext, select, where, withRange } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { statementText } from '../shared/statements.ts';
import { type Steps, stepsOf } from '../shared/steps.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { mergeFiles } from '../summaries/merge-files.ts';
import { partConditions } from '../summaries/plan.ts';
import { conditionsOf, withMatching } from './logs.ts';
import { scannableConditions } from './scanned-logs.ts';

type HistogramQuery = LogQuery & { readonly steps: number };
type Counts = Record<SeverityName, number>;

/** Severity level names by number. 0 is unspecified. */
const LEVELS: readonly SeverityName[] = ['unspecified', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** Returns record counts by severity, in steps. */
export async function logHistogram(
  context: ReadContext,
  indexes: TraceIndexes,
  query: HistogramQuery,
): Promise<readonly LogHistogramStep[]> {
  const steps = stepsOf(query);
  const counts = steps.times.map(emptyCounts);
  const add = (step: number, level: number, records: number): void => {
    const cell = counts[step];
    if (cell !== undefined) cell[LEVELS[level] ?? 'unspecified'] += records;
  };
  const service = summarizedService(query);
  const found = await scannedCounts(context, query, service);
  if (found !== undefined) for (const { step, level, count } of found) add(step, level, count);
  else {
    await checkPatterns(context, query);
    if (service === undefined) {
      await withMatching(context, indexes, query, async (files) => {
        await addRows(context, query, { steps, files, add, conditions: conditionsOf });
        return [];
      });
    } else await addSummaries(context, query, service.name, { steps, add });
  }
  return steps.times.map((time, index) => ({ time, counts: counts[index] ?? emptyCounts() }));
}

/**
 * Counts records without the engine and without first writing the pending rows to a file; `undefined` if that is not
 * possible.
 */
async function scannedCounts(
  context: ReadContext,
  query: HistogramQuery,
  service: { readonly name: string | undefined } | undefined,
): Promise<readonly SeverityCount[] | undefined> {
  const conditions = scannableConditions(query);
  if (conditions === undefined) return undefined;
  const { tenant, start, end, steps } = query;
  if (end <= start) return [];
  const range = { start, end, steps };
  const question = { severities: { range, conditions } };
  return withDirect(context, tenant, 'logs', question, async ({ files: all, pending, reply }) => {
    if (pending !== undefined && reply.severities === undefined) return undefined;
    const files = new Files(all).overlapping(start, end);
    const found = [...(reply.severities ?? [])];
    const wanted = { kind: 'severities', ...range, service: service?.name } as const;
    const { parts, rows } =
      service === undefined
        ? { parts: [], rows: files.isEmpty ? [] : [{ files, ranges: [range] }] }
        : await mergeFiles(context, files, wanted, SECTIONS.severities);
    for (const { severities = [] } of parts) found.push(...severities);
    for (const part of rows) {
      const sources = sourcesOf(part.files, conditions);
      const ranges = part.ranges.map((one) => ({ start: one.start, end: one.end }));
      const { timeoutMillis } = context.limits;
      const request = { kind: 'severities', sources, ranges, range, conditions, timeoutMillis } as const;
      const scanned = await context.duck.scan(request, context.caller);
      if (scanned?.kind !== 'severities') return undefined;
      found.push(...scanned.severities);
    }
    return found;
  });
}

/** Returns the service that a query selects, if it selects nothing else, so that summaries have its counts. */
function summarizedService(query: LogQuery): { readonly name: string | undefined } | undefined {
  const { conditions, text, traceId, spanId } = query;
  if (text !== undefined && text !== '') return undefined;
  if (traceId !== undefined || spanId !== undefined) return undefined;
  const [first, second] = conditions;
  if (first === undefined) return { name: undefined };
  if (second !== undefined || first.field !== 'service' || first.op !== '=' || first.or !== undefined) return undefined;
  return typeof first.value === 'string' ? { name: first.value } : undefined;
}

async function addSummaries(
  context: ReadContext,
  query: HistogramQuery,
  service: string | undefined,
  { steps, add }: { readonly steps: Steps; readonly add: AddRecords },
): Promise<void> {
  await withRange<void>(context, query, 'logs', undefined, async (files) => {
    const { start, end } = query;
    const wanted = { kind: 'severities', start, end, steps: query.steps, service } as const;
    const { parts, rows } = await mergeFiles(context, files, wanted, SECTIONS.severities);
    for (const { step, level, count } of parts.flatMap(({ severities = [] }) => severities)) add(step, level, count);
    for (const part of rows) {
      const conditions: typeof conditionsOf = (all, _files, parameters) => [
        ...conditionsOf(all, part.files, parameters),
        ...partConditions(part, 'logs'),
      ];
      await addRows(context, query, { steps, files: part.files, add, conditions });
    }
  });
}

type AddRecords = (step: number, level: number, records: number) => void;

async function addRows(
  context: ReadContext,
  query: HistogramQuery,
  part: {
    readonly steps: Steps;
    readonly files: Files;
    readonly add: AddRecords;
    readonly conditions: typeof conditionsOf;
  },
): Promise<void> {
  const { steps, files, add, conditions } = part;
  const parameters = new ParameterBag();
  const columns = `${steps.indexOf(TIME_COLUMN.logs)} AS step, severity_number`;
  const rows = `SELECT ${columns} FROM ${files.relation} ${where(conditions(query, files, parameters))}`;
  const text = `WITH rows AS (${rows}) ${statementText('log-histogram')}`;
  for (const row of await select(context, query.tenant, text, parameters)) {
    add(asNumber(row['step']), asNumber(row['level']), asNumber(row['records']));
  }
}

function emptyCounts(): Counts {
  return { trace: 0, debug: 0, info: 0, warn: 0, error: 0, fatal: 0, unspecified: 0 };
}
