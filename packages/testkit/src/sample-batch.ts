import { type Batch, localContext, type Signal } from '@otelier/otlp';
import { batchOf } from './request-codec.ts';

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
const scope = { name: 'sample' };
const timeUnixNano = '1700000000000000000';

/** Creates a small valid batch of any signal. Defaults to one item. */
export function sampleBatch(signal: Signal, items = 1): Batch {
  const each = <T>(make: (index: number) => T): T[] => Array.from({ length: items }, (_, index) => make(index));
  switch (signal) {
    case 'traces': {
      const spans = each((index) => ({
        traceId: (index + 1).toString(16).padStart(32, '0'),
        spanId: (index + 1).toString(16).padStart(16, '0'),
        name: `GET /${index}`,
        kind: 2,
        startTimeUnixNano: timeUnixNano,
        endTimeUnixNano: '1700000000005000000',
        attributes: [{ key: 'http.response.status_code', value: { intValue: 200 } }],
      }));
      return batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] });
    }
    case 'logs': {
      const logRecords = each((index) => ({
        timeUnixNano,
        severityNumber: 9,
        severityText: 'INFO',
        body: { stringValue: `order ${index} was placed` },
      }));
      return batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] });
    }
    case 'metrics': {
      const dataPoints = each((index) => ({
        timeUnixNano,
        asInt: index,
        attributes: [{ key: 'shelf', value: { intValue: index } }],
      }));
      const metrics = [{ name: 'stock', unit: '{item}', gauge: { dataPoints } }];
      return batchOf('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] });
    }
    case 'profiles':
      return {
        signal,
        parts: [profilesRequest(items)],
        itemCount: items,
        sizeBytes: items * 2 + 4,
        context: localContext(0),
      };
  }
}

/** A single resource and scope with empty profiles. No code parses profiles any further. */
function profilesRequest(items: number): Uint8Array {
  const profiles = Array.from({ length: items }, () => [0x12, 0x00]).flat();
  return Uint8Array.from([0x0a, profiles.length + 2, 0x12, profiles.length, ...profiles]);
}
