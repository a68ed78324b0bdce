import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { requestFromJson, type Signal } from '@otelier/otlp';
import { type FileOpener, PLAIN_FILES } from '../parquet/file-bytes.ts';
import { readLayout } from '../parquet/read/layout.ts';
import { openChunk } from '../parquet/read/pages.ts';
import { batchOf } from '../write/batches.testing.ts';

type Attributes = Readonly<Record<string, string | number | boolean>>;

function pairs(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => {
    if (typeof value === 'boolean') return { key, value: { boolValue: value } };
    return { key, value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) } };
  });
}

/** Returns a batch from OTLP/JSON. */
export function batchFromJson(signal: Signal, request: object, tenant = 'default', arrivalMillis = Date.now()) {
  const read = requestFromJson(signal, JSON.stringify(request));
  if (!read.ok) throw new Error(read.reason);
  return batchOf(signal, read.bytes, read.itemCount, tenant, arrivalMillis);
}

/** Returns log records, each with a body and attributes, one minute apart. */
export function logsOf(
  records: readonly { readonly body: string; readonly attributes?: Attributes }[],
  {
    resource = {},
    tenant,
    at = Date.now(),
  }: { readonly resource?: Attributes; readonly tenant?: string; readonly at?: number } = {},
) {
  const logRecords = records.map(({ body, attributes = {} }, i) => ({
    ...{ timeUnixNano: `${at + i * 60_000}000000`, severityNumber: 9, body: { stringValue: body } },
    attributes: pairs(attributes),
  }));
  const request = { resourceLogs: [{ resource: { attributes: pairs(resource) }, scopeLogs: [{ logRecords }] }] };
  return batchFromJson('logs', request, tenant, at);
}

/** Returns spans with attributes, each with an event that has the attributes of `event`. */
export function spansOf(
  spans: readonly { readonly name: string; readonly attributes?: Attributes; readonly event?: Attributes }[],
  { resource = {}, at = Date.now() }: { readonly resource?: Attributes; readonly at?: number } = {},
) {
  const all = spans.map(({ name, attributes = {}, event }, i) => ({
    ...{ traceId: `${i + 10}`.padStart(32, 'a'), spanId: `${i + 10}`.padStart(16, 'b'), name },
    ...{ startTimeUnixNano: `${at}000000`, endTimeUnixNano: `${at + 5}000000`, attributes: pairs(attributes) },
    ...(event !== undefined && { events: [{ timeUnixNano: `${at}000000`, name: 'e', attributes: pairs(event) }] }),
  }));
  const request = { resourceSpans: [{ resource: { attributes: pairs(resource) }, scopeSpans: [{ spans: all }] }] };
  return batchFromJson('traces', request, undefined, at);
}

/** Returns a gauge with a point for each set of attributes. */
export function pointsOf(name: string, points: readonly Attributes[], at = Date.now()) {
  const dataPoints = points.map((attributes, i) => ({
    timeUnixNano: `${at}000000`,
    asDouble: i,
    attributes: pairs(attributes),
  }));
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name, gauge: { dataPoints } }] }] }] };
  return batchFromJson('metrics', request, undefined, at);
}

/** Returns the files of a store that contain a text, also in compressed or encrypted pages. */
export function filesWith(directory: string, text: string, opener: FileOpener = PLAIN_FILES): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) return [];
    const isFound = readFileSync(path).includes(text) || (path.endsWith('.parquet') && hasPage(path, text, opener));
    return isFound || path.includes(text) ? [relative(directory, path)] : [];
  });
}

function hasPage(path: string, text: string, opener: FileOpener): boolean {
  const file = opener.open(path);
  try {
    const whole = Buffer.alloc(file.size);
    file.read(whole, 0);
    if (whole.includes(text)) return true;
    return readLayout(file, path).some(({ chunks }) =>
      [...chunks.values()].some((chunk) => openChunk(file, chunk).some((page) => page.load().includes(text))),
    );
  } finally {
    file.close();
  }
}
