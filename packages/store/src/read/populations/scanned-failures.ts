import type { Cell } from '../../parquet/read/cell.ts';
import type { FailedSpan, FailedSpansQuery } from '../../populations/contract.ts';
import { resourceValue } from '../../scan/resource-values.ts';
import { doubleText, jsonText, NotScannableError } from '../../scan/value-tests.ts';
import { ATTRIBUTES_MAP, attributeColumn } from '../../schema.ts';
import { rowObjects, withDirect } from '../lookup/direct.ts';
import { sourcesOf } from '../scan/sources.ts';
import { asBigInt, asText, type ReadContext, type Row } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import { INSTANCE_KEYS, MAX_MESSAGE, STATUS_KEYS, USER_KEYS, VERSION_KEYS } from './failure-keys.ts';
import { PEER_KEYS } from './peer-keys.ts';

const FAILED = [{ field: 'status', op: '=', value: 'ERROR' }] as const;
const TYPES = ['s', 'i', 'd', 'b'] as const;
const COLUMNS = [
  ...['trace_id', 'span_id', 'parent_span_id', 'service_name', 'name', 'kind', 'start_time', 'status_message'],
  ...['events', 'resource_attributes', ATTRIBUTES_MAP],
  ...[...STATUS_KEYS, ...PEER_KEYS, ...USER_KEYS].flatMap((key) => TYPES.map((type) => attributeColumn(key, type))),
];

/**
 * Returns the failed spans in a range without the engine and without first writing the pending rows to a file. Returns
 * `undefined` if that is not possible, or if there are more than the limit.
 */
export async function scannedFailures(
  context: ReadContext,
  { tenant, start, end, limit }: FailedSpansQuery,
): Promise<readonly FailedSpan[] | undefined> {
  if (end <= start) return [];
  const { timeoutMillis, maxResultBytes: maxBytes } = context.limits;
  const wanted = { conditions: FAILED, limit: limit + 1, columns: COLUMNS, maxBytes };
  const question = { newestRows: { start, end, ...wanted, withAttributes: false } };
  return withDirect(context, tenant, 'traces', question, async ({ files: all, pending, reply }) => {
    if (pending !== undefined && reply.newestRows === undefined) return undefined;
    const ofPending = reply.newestRows === undefined ? [] : rowObjects(reply.newestRows);
    const files = new Files(all).overlapping(start, end);
    const times = ofPending.map((row) => asBigInt(row['start_time']));
    const rows = { sources: sourcesOf(files, FAILED), ranges: [{ start, end }], times, maxRows: limit, timeoutMillis };
    const found = await context.duck.scan(
      { kind: 'newest-rows', signal: 'traces', ...wanted, ...rows },
      context.caller,
    );
    if (found?.kind !== 'newest-rows') return undefined;
    try {
      return [...ofPending, ...rowObjects({ names: COLUMNS, ...found.rows })].map(failureOf);
    } catch (error) {
      if (error instanceof NotScannableError) return undefined;
      throw error;
    }
  });
}

function failureOf(row: Row): FailedSpan {
  const kind = asText(row['kind']);
  const exception = lastException(row['events']);
  return {
    traceId: asText(row['trace_id']),
    spanId: asText(row['span_id']),
    parentSpanId: asText(row['parent_span_id']),
    service: asText(row['service_name']),
    name: asText(row['name']),
    kind,
    start: asBigInt(row['start_time']),
    statusMessage: shortened(asText(row['status_message'])),
    exceptionType: exceptionText(exception['exception.type']),
    exceptionMessage: shortened(exceptionText(exception['exception.message'])),
    httpStatus: firstAttribute(row, STATUS_KEYS),
    peer: kind === 'CLIENT' || kind === 'PRODUCER' ? firstAttribute(row, PEER_KEYS) : '',
    version: firstOfResource(row['resource_attributes'], VERSION_KEYS),
    instance: firstOfResource(row['resource_attributes'], INSTANCE_KEYS),
    user: firstAttribute(row, USER_KEYS),
  };
}

/** Returns the text of the first attribute that is not empty. */
function firstAttribute(row: Row, keys: readonly string[]): string {
  for (const key of keys) {
    const text = attributeText(row, key);
    if (text !== '') return text;
  }
  return '';
}

function attributeText(row: Row, key: string): string {
  for (const type of TYPES) {
    const cell = row[attributeColumn(key, type)] as Cell | undefined;
    if (cell === null || cell === undefined) continue;
    return typeof cell === 'number' ? doubleText(cell) : String(cell);
  }
  const map = row[ATTRIBUTES_MAP];
  const json = map instanceof Map ? (map.get(key) as string | undefined) : undefined;
  return json === undefined ? '' : jsonText(json);
}

function firstOfResource(object: unknown, keys: readonly string[]): string {
  if (typeof object !== 'string') return '';
  const json = keys.map((key) => resourceValue(object, key)).find((value) => value !== undefined);
  return json === undefined ? '' : jsonText(json);
}

interface StoredEvent {
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Returns the attributes of a span's last exception event. */
function lastException(events: unknown): Readonly<Record<string, unknown>> {
  if (typeof events !== 'string' || !events.includes('"exception"')) return {};
  const all = JSON.parse(events) as readonly StoredEvent[];
  return all.findLast(({ name }) => name === 'exception')?.attributes ?? {};
}

function exceptionText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new NotScannableError('expected a text');
  return value;
}

/** Returns the first characters (code points) of a text. */
function shortened(text: string): string {
  if (text.length <= MAX_MESSAGE) return text;
  return [...text.slice(0, MAX_MESSAGE * 2)].slice(0, MAX_MESSAGE).join('');
}
