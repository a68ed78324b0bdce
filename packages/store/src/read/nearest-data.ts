import type { Signal } from '@otelier/otlp';
import type { NearestData, RangeQuery } from '../contract.ts';
import { TIME_COLUMN } from '../schema.ts';
import type { StoredFile } from '../write/protocol.ts';
import { withDirect } from './lookup/direct.ts';
import { type ReadContext, select } from './shared/context.ts';
import { Files } from './shared/files.ts';
import { ParameterBag } from './shared/parameters.ts';
import { timestamp } from './shared/steps.ts';
import { earlier, later } from './shared/times.ts';

/** Returns where a signal's telemetry is in relation to a range. Reads only files that a limit of the range divides. */
export async function nearestData(
  context: ReadContext,
  query: RangeQuery & { readonly signal: Signal },
): Promise<NearestData> {
  const { tenant, signal, start, end } = query;
  const range = { start, end: later(start, end) ?? end };
  return withDirect(context, tenant, signal, { nearest: range }, async ({ files, pending, reply }) => {
    const all = files.filter(({ rows }) => rows > 0);
    const divided = all.filter((file) => isDivided(file, range));
    const whole = all.filter((file) => !divided.includes(file)).map((file) => ofWhole(file, range));
    const parts = divided.length === 0 ? [] : [await ofRows(context, query, range, new Files(divided))];
    const ofPending = pending === undefined || reply.nearest === undefined ? [] : [reply.nearest];
    return [...whole, ...parts, ...ofPending].reduce(combine, NOTHING);
  });
}

type Range = Pick<RangeQuery, 'start' | 'end'>;

const NOTHING: NearestData = { inRange: false, before: undefined, after: undefined };

/** Reports whether some rows of a file may be in a range and others not. */
function isDivided({ minTime, maxTime }: StoredFile, { start, end }: Range): boolean {
  return (minTime < start && maxTime >= start) || (minTime < end && maxTime >= end);
}

function ofWhole({ minTime, maxTime }: StoredFile, { start, end }: Range): NearestData {
  if (maxTime < start) return { ...NOTHING, before: maxTime };
  return minTime >= end ? { ...NOTHING, after: minTime } : { ...NOTHING, inRange: true };
}

async function ofRows(
  context: ReadContext,
  { tenant, signal }: { readonly tenant: string; readonly signal: Signal },
  { start, end }: Range,
  files: Files,
): Promise<NearestData> {
  const time = TIME_COLUMN[signal];
  const [from, to] = [`${time} >= ${timestamp(start)}`, `${time} < ${timestamp(end)}`];
  const text =
    `SELECT count(*) FILTER (${from} AND ${to}) AS items, epoch_ns(max(${time}) FILTER (NOT ${from})) AS before, ` +
    `epoch_ns(min(${time}) FILTER (NOT ${to})) AS after FROM ${files.relation}`;
  const [row] = await select(context, tenant, text, new ParameterBag());
  const timeOf = (value: unknown): bigint | undefined => (typeof value === 'bigint' ? value : undefined);
  return { inRange: Number(row?.['items'] ?? 0) > 0, before: timeOf(row?.['before']), after: timeOf(row?.['after']) };
}

function combine(a: NearestData, b: NearestData): NearestData {
  return {
    inRange: a.inRange || b.inRange,
    before: later(a.before, b.before),
    after: earlier(a.after, b.after),
  };
}
