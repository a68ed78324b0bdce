import type { Signal } from '@otelier/otlp';
import type { ExportQuery } from '@otelier/store';
import { decodeRequest, encodeRequest } from '../request-codec.ts';

/** Returns the items of a part in the requested range as a request, or `undefined` if there are none. */
export function exportPart(
  signal: Signal,
  part: Uint8Array,
  arrivalMillis: number,
  { start, end }: ExportQuery,
): Uint8Array | undefined {
  if ((start === undefined && end === undefined) || signal === 'profiles') return part;
  const arrival = String(BigInt(arrivalMillis) * 1_000_000n);
  const within = (item: Level): boolean => {
    const time = BigInt(TIME_FIELDS.map((field) => item[field]).find(isTime) ?? arrival);
    return (start === undefined || time >= start) && (end === undefined || time < end);
  };
  const kept = keep(decodeRequest(signal, part) as Level, within);
  return kept === undefined ? undefined : encodeRequest(signal, kept);
}

interface Level {
  readonly [jsonName: string]: unknown;
}

const TIME_FIELDS = ['timeUnixNano', 'observedTimeUnixNano', 'startTimeUnixNano'];
const ITEM_LISTS: ReadonlySet<string> = new Set(['spans', 'logRecords', 'dataPoints']);
const LEVEL_LISTS: ReadonlySet<string> = new Set([
  ...['resourceSpans', 'scopeSpans', 'resourceLogs', 'scopeLogs', 'resourceMetrics', 'scopeMetrics', 'metrics'],
]);
const DATA_FIELDS: ReadonlySet<string> = new Set(['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary']);

/** Returns the level with only the selected items, or `undefined` if none remain. */
function keep(level: Level, within: (item: Level) => boolean): Level | undefined {
  const entries = Object.entries(level).map(([name, value]): [string, unknown] => {
    if (ITEM_LISTS.has(name)) return [name, someOf((value as Level[]).filter(within))];
    if (LEVEL_LISTS.has(name)) return [name, someOf(keepEach(value as Level[], within))];
    return DATA_FIELDS.has(name) ? [name, keep(value as Level, within)] : [name, value];
  });
  return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries);
}

function keepEach(levels: readonly Level[], within: (item: Level) => boolean): Level[] {
  return levels.map((level) => keep(level, within)).filter((level) => level !== undefined);
}

function someOf(list: readonly Level[]): readonly Level[] | undefined {
  return list.length === 0 ? undefined : list;
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && value !== '0';
}
