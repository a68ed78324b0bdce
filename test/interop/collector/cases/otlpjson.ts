import type { ComponentCases, Configuration, Step } from '../cases.ts';

const ALL = ['logs>traces', 'logs>metrics', 'logs>logs'];

/** Returns a request whose log records have these values as bodies. */
const records = (...bodies: readonly object[]): Step => ({
  send: { resourceLogs: [{ scopeLogs: [{ logRecords: bodies.map((body) => ({ body })) }] }] },
});
const texts = (...values: readonly string[]): Step => records(...values.map((stringValue) => ({ stringValue })));

function reading(name: string, ...steps: readonly Step[]): Configuration {
  return { name, config: {}, signals: ALL, steps };
}

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
const SPANS = {
  resourceSpans: [
    {
      resource,
      schemaUrl: 'https://schema/1',
      scopeSpans: [
        {
          scope: { name: 'lib' },
          spans: [
            {
              traceId: '0af7651916cd43dd8448eb211c80319c',
              spanId: 'b7ad6b7169203331',
              name: 'a',
              kind: 2,
              startTimeUnixNano: '7',
              events: [{ name: 'e' }],
              status: { code: 2 },
            },
          ],
        },
      ],
    },
  ],
};
const METRICS = {
  resourceMetrics: [
    {
      resource,
      scopeMetrics: [
        {
          metrics: [
            { name: 'g', gauge: { dataPoints: [{ asInt: '1' }, { asDouble: 2.5 }] } },
            { name: 's', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asInt: '3' }] } },
            {
              name: 'h',
              histogram: {
                aggregationTemporality: 1,
                dataPoints: [{ count: '3', sum: 2, bucketCounts: ['1', '2'], explicitBounds: [1] }],
              },
            },
          ],
        },
      ],
    },
  ],
};
const LOGS = {
  resourceLogs: [
    {
      resource,
      scopeLogs: [
        {
          logRecords: [
            { severityNumber: 9, body: { stringValue: 'x' }, attributes: [{ key: 'a', value: { boolValue: true } }] },
          ],
        },
      ],
    },
  ],
};
const [spans, metrics, logs] = [SPANS, METRICS, LOGS].map((request) => JSON.stringify(request)) as [
  string,
  string,
  string,
];
const pretty = JSON.stringify(SPANS, null, 2);

export const cases: ComponentCases = {
  kind: 'connector',
  type: 'otlpjson',
  configurations: [
    reading('spans', texts(spans)),
    reading('metrics', texts(metrics)),
    reading('logs', texts(logs)),
    reading('all signals in one request', texts(spans, metrics, logs)),
    reading('several requests', texts(spans, spans), texts(logs), texts(metrics, logs)),
    reading('with spaces', texts(pretty, '{ "resourceLogs"\n: [ ] }')),
    reading('spaces in front', texts(` ${spans}`)),
    reading('empty requests', texts('{"resourceSpans":[]}', '{"resourceLogs":[]}', '{"resourceMetrics":[]}')),
    reading('no scopes', texts('{"resourceSpans":[{}]}')),
    reading('other texts', texts('', 'hello', '{}', '[]', '{"resourceSpan":[]}', '{"resourceSpans":{}}')),
    reading('broken JSON', texts('{"resourceSpans":[', '{"resourceLogs":[}', '{"resourceMetrics":[{]}'), texts(spans)),
    reading('another key first', texts(`{"a":1,${spans.slice(1)}`)),
    reading('unknown keys', texts(`${spans.slice(0, -1)},"unknown":{"a":[1]}}`)),
    reading('keys in snake case', texts('{"resourceSpans":[{"scope_spans":[{"spans":[{"name":"a"}]}]}]}')),
    reading('two signals in one body', texts(`${spans.slice(0, -1)},${logs.slice(1)}`)),
    reading(
      'a body of a map',
      records({ kvlistValue: { values: [{ key: 'resourceLogs', value: { arrayValue: { values: [] } } }] } }),
    ),
    reading('a body of bytes', records({ bytesValue: Buffer.from(spans).toString('base64') })),
    reading('bodies of other types', records({ intValue: '1' }, { boolValue: true }, {}, { arrayValue: {} })),
    reading(
      'unusual characters',
      texts(spans.replace('"a"', '"\\u00e4\\ud83d\\ude00"'), spans.replace('"a"', '"ä😀"')),
    ),
    { name: 'generated logs', config: {}, signals: ALL },
    { name: 'refused: an option', config: { strict: true }, signals: ['logs>logs'] },
    { name: 'refused: traces to logs', config: {}, signals: ['traces>logs'] },
    { name: 'refused: metrics to metrics', config: {}, signals: ['metrics>metrics'] },
  ],
};
