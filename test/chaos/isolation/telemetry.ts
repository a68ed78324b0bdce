import type { Batch } from '@otelier/otlp';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';

/** The tenant of the caller, and the one whose telemetry it must not read. */
export const OWN = 'acme';
export const OTHER = 'umbra';
/** Part of every name and value of the other tenant that requests do not contain. */
export const SECRET = 'S3CR3T';
/** A value that only a sum over points of the other tenant gives. */
export const SECRET_VALUE = 987_654_321;

export const TRACE_ID = 'feedfacefeedfacefeedfacefeedface';
export const START = 1_700_000_000_000;
export const END = START + 600_000;

const nanos = (millis: number): string => `${BigInt(START + millis) * 1_000_000n}`;

/** Returns telemetry of every signal that stores read. Names that a caller could guess are equal for all tenants. */
export function telemetryOf(tenant: string): readonly Batch[] {
  const secret = tenant === OTHER ? SECRET : `of-${tenant}`;
  const resources = ['shop', `service-${secret}`].map((name) => ({
    attributes: keyValues({ 'service.name': name, 'service.version': secret, 'host.name': secret }),
  }));
  const traceId = tenant === OTHER ? TRACE_ID : tenant.padEnd(32, '0').replace(/[^0-9a-f]/g, 'a');
  const options = { tenant, arrivalMillis: START };
  const spans = [0, 1, 2, 3].map((i) => ({
    ...{ traceId, spanId: `${i + 1}`.padStart(16, '0'), name: `GET ${secret}`, kind: i % 2 === 0 ? 2 : 3 },
    ...(i > 0 && { parentSpanId: `${i}`.padStart(16, '0') }),
    startTimeUnixNano: nanos(60_000 + i),
    endTimeUnixNano: nanos(61_000 + i),
    attributes: keyValues({ 'http.route': secret, [`key.${secret}`]: secret, 'server.address': secret }),
    status: { code: 2, message: `failed ${secret}` },
    events: [
      {
        timeUnixNano: nanos(60_500),
        name: 'exception',
        attributes: keyValues({ 'exception.type': secret, 'exception.message': secret }),
      },
    ],
  }));
  const logRecords = Array.from({ length: 8 }, (_, i) => ({
    ...{ timeUnixNano: nanos(60_000 + i), severityNumber: 17, traceId, spanId: '1'.padStart(16, '0') },
    body: { stringValue: `payment ${i} of ${secret} failed` },
    attributes: keyValues({ [`key.${secret}`]: secret, user: secret }),
  }));
  const dataPoints = [0, 1].map((i) => ({
    ...{ startTimeUnixNano: nanos(0), timeUnixNano: nanos(60_000 + i * 60_000) },
    asDouble: tenant === OTHER ? SECRET_VALUE : 1,
    attributes: keyValues({ user: secret }),
  }));
  const metrics = ['known_metric', `metric_${secret}`].map((name) => ({ name, unit: '', gauge: { dataPoints } }));
  return [
    batchOf('traces', { resourceSpans: resources.map((resource) => ({ resource, scopeSpans: [{ spans }] })) }, options),
    batchOf(
      'logs',
      { resourceLogs: resources.map((resource) => ({ resource, scopeLogs: [{ logRecords }] })) },
      options,
    ),
    batchOf(
      'metrics',
      { resourceMetrics: resources.map((resource) => ({ resource, scopeMetrics: [{ metrics }] })) },
      options,
    ),
  ];
}
