import {
  type Batch,
  DataPointView,
  findField,
  forEachPayload,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  MetricView,
  payloadEnd,
  payloadStart,
  SIGNALS,
} from '@otelier/otlp';
import { compilePattern } from '@otelier/query/pattern';

const DEFAULT_NAME = 'process_start_time_seconds';

/** Returns a function that reports whether a metric name is that of the start time metric. */
export function startTimePattern(text: string): (name: string) => boolean {
  if (text === '') return (name) => name === DEFAULT_NAME;
  const pattern = compilePattern(text);
  return (name) => pattern.test(name);
}

/** Returns the value of the first start time metric in a batch, in nanoseconds. */
export function findStartTime({ parts }: Batch, isStartTime: (name: string) => boolean): bigint | undefined {
  const { resourceField, scopeField, itemField } = SIGNALS.metrics;
  let found: { readonly seconds: number | undefined } | undefined;
  for (const bytes of parts) {
    forEachPayload(bytes, 0, bytes.length, resourceField, (resourceStart, resourceEnd) => {
      forEachPayload(bytes, resourceStart, resourceEnd, scopeField, (scopeStart, scopeEnd) => {
        forEachPayload(bytes, scopeStart, scopeEnd, itemField, (start, end) => {
          if (found === undefined && isStartTime(metric.reset(bytes, start, end).name))
            found = { seconds: readSeconds(bytes, start, end) };
        });
      });
    });
  }
  return found?.seconds === undefined ? undefined : nanosOf(found.seconds);
}

const metric = new MetricView();
const point = new DataPointView();

/** Reads the value of the first point. Integers count as 0, as in the Collector. */
function readSeconds(bytes: Uint8Array, start: number, end: number): number | undefined {
  const { kind } = metric.reset(bytes, start, end);
  if (kind !== 'gauge' && kind !== 'sum') return undefined;
  const data = findField(bytes, start, end, METRIC_FIELDS[kind]);
  const first = findField(bytes, payloadStart(bytes, data), payloadEnd(bytes, data), METRIC_DATA_FIELDS.dataPoints);
  if (first < 0) return undefined;
  const { value, valueKind } = point.ofKind(kind).reset(bytes, payloadStart(bytes, first), payloadEnd(bytes, first));
  return valueKind === 'double' ? Number(value) : 0;
}

function nanosOf(seconds: number): bigint {
  if (!Number.isFinite(seconds)) return 0n;
  const whole = Math.trunc(seconds);
  return BigInt.asUintN(64, BigInt(whole) * 1_000_000_000n + BigInt(Math.trunc((seconds - whole) * 1e9)));
}
