import type { ComponentCases, Configuration, Step } from '../cases.ts';

const SIGNALS = { spans: 'traces', datapoints: 'metrics', logs: 'logs' } as const;
type Section = keyof typeof SIGNALS;

function making(
  name: string,
  section: Section,
  metrics: readonly object[],
  options: object = {},
  steps?: readonly Step[],
): Configuration {
  return {
    name,
    config: { [section]: metrics.map((metric, index) => ({ name: `m${index}`, ...metric })), ...options },
    signals: [`${SIGNALS[section]}>metrics`],
    ...(steps && { steps }),
  };
}

const METHOD = { key: 'http.request.method' };
const CODE = 'attributes["http.response.status_code"]';
const DURATION = 'Milliseconds(span.end_time - span.start_time)';
const one = { sum: { value: '1' } };
const only = (metric: object): readonly object[] => [metric];

/** Returns log records with a value, one request per record. */
const records = (...values: readonly object[]): Step => ({
  send: {
    resourceLogs: [
      {
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: 'shop' } },
            { key: 'host.name', value: { stringValue: 'a1' } },
          ],
        },
        scopeLogs: [
          {
            logRecords: values.map((value) => ({
              body: { stringValue: 'took 17 ms' },
              attributes: [
                { key: 'v', value },
                { key: 'c', value: { intValue: '3' } },
              ],
            })),
          },
        ],
      },
    ],
  },
});
const NUMBERS = [-1e300, -1000.5, -1, -1e-9, 0, 1e-300, 0.25, 1, 1.5, 2, 4, 1024, 15_000, 15_001, 1e18, 1e300].map(
  (doubleValue) => ({ doubleValue }),
);
const STEPS = [
  records(...NUMBERS),
  records(...NUMBERS.slice(6, 12)),
  records({ intValue: '1' }, { intValue: '9223372036854775807' }),
  records({ intValue: '-3' }, { intValue: '0' }),
  records({ doubleValue: 0 }),
];
const SINGLE = [...NUMBERS, { intValue: '7' }].map((value) => records(value));
const MIXED = [
  records({ intValue: '7' }),
  records({ stringValue: 'x' }),
  records({}),
  records({ boolValue: true }),
  records({ doubleValue: 2.5 }),
];
const states = ['', 'ot=th:c', 'ot=th:8,a=b', 'a=b', 'ot=rv:abcdefabcdefab', 'ot=th:0', 'ot=th:fffffffffffff'];
const SPANS: readonly Step[] = states.map((traceState) => ({
  send: {
    resourceSpans: [
      {
        scopeSpans: [
          { spans: [{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceState }] },
        ],
      },
    ],
  },
}));

export const cases: ComponentCases = {
  kind: 'connector',
  type: 'signal_to_metrics',
  configurations: [
    making('count spans', 'spans', [one]),
    making('count data points', 'datapoints', [one]),
    making('count logs', 'logs', [one]),
    making('monotonic sum with a unit', 'spans', [
      { sum: { value: '1', monotonic: true }, unit: '{span}', description: 'Spans.' },
    ]),
    making('sum of a number', 'logs', [{ sum: { value: CODE } }]),
    making('sum of a double', 'spans', [{ sum: { value: `Double(${CODE})` } }]),
    making('by attribute', 'spans', [{ ...one, attributes: [METHOD] }]),
    making('by a missing attribute', 'spans', [{ ...one, attributes: [{ key: 'no.such.attribute' }] }]),
    making('by an optional attribute', 'spans', [
      { ...one, attributes: [METHOD, { key: 'user.email', optional: true }] },
    ]),
    making('by an attribute with a default', 'logs', [
      { ...one, attributes: [{ key: 'user.email', default_value: 'nobody' }] },
    ]),
    making('defaults of all types', 'logs', [
      {
        ...one,
        attributes: [1, 2.5, true, '', ['a'], { b: 1 }].map((default_value, index) => ({
          key: `x${index}`,
          default_value,
        })),
      },
    ]),
    making(
      'attributes of any type',
      'logs',
      ['a', 'b', 'm'].map((key) => ({ ...one, attributes: [{ key, optional: true }] })),
    ),
    making('resource attributes', 'spans', [{ ...one, include_resource_attributes: [{ key: 'service.name' }] }]),
    making('resource attributes with a default', 'logs', [
      {
        ...one,
        include_resource_attributes: [
          { key: 'host.name', default_value: 'none' },
          { key: 'zone', optional: true },
        ],
      },
    ]),
    making('resource attributes of data points', 'datapoints', [
      { ...one, include_resource_attributes: [{ key: 'service.name' }] },
    ]),
    making('keys of an expression', 'spans', [
      { ...one, attributes: [{ keys_expression: 'Split("http.request.method,user.email", ",")' }] },
    ]),
    making('keys of an expression and others', 'logs', [
      { ...one, attributes: [METHOD, { keys_expression: 'Split("http.request.method,x", ",")', default_value: 'd' }] },
    ]),
    making('keys of the resource of an expression', 'logs', [
      { ...one, include_resource_attributes: [{ keys_expression: 'Split("service.name,host.name", ",")' }] },
    ]),
    making('keys that are no list', 'logs', [{ ...one, attributes: [{ keys_expression: 'log.severity_text' }] }]),
    making('keys that are nil', 'logs', [
      { ...one, attributes: [{ keys_expression: 'attributes["no.such.attribute"]' }] },
    ]),
    making('conditions', 'spans', [
      { ...one, conditions: ['attributes["http.request.method"] == "GET"', 'span.kind == 1'] },
    ]),
    making('conditions on data points', 'datapoints', [{ ...one, conditions: ['metric.name == "requests"'] }]),
    making('a condition that fails', 'logs', [{ ...one, conditions: ['Substring(severity_text, 2, 1) == "F"'] }]),
    making(
      'a condition that fails, ignored',
      'logs',
      [{ ...one, conditions: ['Substring(severity_text, 2, 1) == "F"'] }],
      { error_mode: 'ignore' },
    ),
    making('a value that fails', 'logs', [{ sum: { value: 'Substring(severity_text, 2, 1)' } }]),
    making('a value that fails, silent', 'logs', [{ sum: { value: 'Len(body)' } }], { error_mode: 'silent' }),
    making('several metrics', 'spans', [
      one,
      { histogram: { value: DURATION } },
      { exponential_histogram: { value: DURATION } },
    ]),
    making('the same metric twice', 'logs', [
      { ...one, name: 'a' },
      { ...one, name: 'a', conditions: ['log.body != nil'] },
    ]),
    making('the same name with another unit', 'logs', [
      { ...one, name: 'a' },
      { ...one, name: 'a', unit: 's' },
    ]),
    making('durations', 'spans', [{ histogram: { value: DURATION, buckets: [1, 10, 100, 1e6] } }]),
    making('exponential durations', 'spans', [{ exponential_histogram: { value: DURATION, max_size: 20 } }]),
    making('default buckets', 'logs', only({ histogram: { value: 'attributes["v"]' } }), {}, STEPS),
    making(
      'unsorted buckets',
      'logs',
      only({ histogram: { value: 'attributes["v"]', buckets: [10, 1, 5] } }),
      {},
      STEPS,
    ),
    making(
      'histogram with a count',
      'logs',
      only({ histogram: { value: 'attributes["v"]', count: 'attributes["c"]' } }),
      {},
      STEPS,
    ),
    making(
      'histogram with a count of zero',
      'logs',
      only({ histogram: { value: 'attributes["v"]', count: '0' } }),
      {},
      STEPS,
    ),
    making(
      'histogram with a fractional count',
      'logs',
      only({ histogram: { value: 'attributes["v"]', count: '2.9' } }),
      {},
      STEPS,
    ),
    making('histogram of a text', 'logs', only({ histogram: { value: 'body' } }), {}, STEPS),
    making('exponential histogram', 'logs', only({ exponential_histogram: { value: 'attributes["v"]' } }), {}, [
      ...STEPS,
      ...SINGLE,
    ]),
    making(
      'small exponential histogram',
      'logs',
      only({ exponential_histogram: { value: 'attributes["v"]', max_size: 2 } }),
      {},
      STEPS,
    ),
    making(
      'exponential histogram with a count',
      'logs',
      only({ exponential_histogram: { value: 'attributes["v"]', count: 'attributes["c"]' } }),
      {},
      STEPS,
    ),
    making(
      'exponential histogram of the default size',
      'logs',
      only({ exponential_histogram: { value: 'attributes["v"]', max_size: 0 } }),
      {},
      STEPS,
    ),
    making('sum of values', 'logs', only({ sum: { value: 'attributes["v"]' } }), {}, SINGLE),
    making('sum of other types', 'logs', only({ sum: { value: 'attributes["v"]' } }), {}, MIXED),
    making(
      'sum of other types, ignored',
      'logs',
      only({ sum: { value: 'attributes["v"]' } }),
      { error_mode: 'ignore' },
      MIXED,
    ),
    making('gauge', 'logs', only({ gauge: { value: 'attributes["v"]' } }), {}, [...STEPS, ...SINGLE]),
    making('gauge of other types', 'logs', only({ gauge: { value: 'attributes["v"]' } }), {}, MIXED),
    making(
      'gauge of a grok',
      'logs',
      only({ gauge: { value: 'ExtractGrokPatterns(body, "took %{NUMBER:t:int} ms")["t"]' } }),
      {},
      STEPS,
    ),
    making(
      'gauge of a missing key of a grok',
      'logs',
      only({ gauge: { value: 'ExtractGrokPatterns(body, "took %{NUMBER:t:int} ms")["x"]' } }),
      {},
      STEPS,
    ),
    making('gauge of data points', 'datapoints', [
      { gauge: { value: 'datapoint.value_int' }, attributes: [{ key: 'a', optional: true }] },
    ]),
    making('adjusted count', 'spans', only({ sum: { value: 'AdjustedCount()' } }), {}, SPANS),
    making('adjusted count of a broken trace state', 'spans', only({ sum: { value: 'AdjustedCount()' } }), {}, [
      ...SPANS,
      ...['ot=404:0', 'broken', 'ot=th:zz', 'ot=th:8;rv:1'].map((traceState) => ({
        send: {
          resourceSpans: [
            {
              scopeSpans: [
                { spans: [{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceState }] },
              ],
            },
          ],
        },
      })),
    ]),
    making(
      'adjusted count of a histogram',
      'spans',
      [{ exponential_histogram: { value: DURATION, count: 'Int(AdjustedCount())' } }],
      { error_mode: 'ignore' },
    ),
    { ...making('metrics of another signal', 'spans', [one]), signals: ['logs>metrics'] },
    making('a metric without data', 'datapoints', only(one), {}, [
      {
        send: {
          resourceMetrics: [
            { scopeMetrics: [{ metrics: [{ name: 'a', gauge: { dataPoints: [{ asInt: '1' }] } }, { name: 'b' }] }] },
          ],
        },
      },
    ]),
    { name: 'refused: no metrics', config: {}, signals: ['logs>metrics'] },
    { name: 'refused: no name', config: { logs: [one] }, signals: ['logs>metrics'] },
    making('refused: no kind', 'logs', [{}]),
    making('refused: two kinds', 'logs', [{ ...one, gauge: { value: '1' } }]),
    making('refused: no value of a sum', 'logs', [{ sum: {} }]),
    making('refused: no value of a gauge', 'logs', [{ gauge: {} }]),
    making('refused: no value of a histogram', 'logs', [{ histogram: { count: '1' } }]),
    making('refused: no value of an exponential histogram', 'logs', [{ exponential_histogram: {} }]),
    making('refused: size of 1', 'logs', [{ exponential_histogram: { value: '1', max_size: 1 } }]),
    making('refused: size of 16385', 'logs', [{ exponential_histogram: { value: '1', max_size: 16_385 } }]),
    making('refused: a key twice', 'logs', [{ ...one, attributes: [METHOD, METHOD] }]),
    making('refused: a key of the resource twice', 'logs', [{ ...one, include_resource_attributes: [METHOD, METHOD] }]),
    making('refused: no key', 'logs', [{ ...one, attributes: [{ default_value: 'x' }] }]),
    making('refused: key and expression', 'logs', [
      { ...one, attributes: [{ key: 'a', keys_expression: 'Split("a", ",")' }] },
    ]),
    making('refused: optional with a default', 'logs', [
      { ...one, attributes: [{ key: 'a', optional: true, default_value: 1 }] },
    ]),
    making('refused: syntax of a value', 'logs', [{ sum: { value: '1 +' } }]),
    making('refused: syntax of a count', 'logs', [{ histogram: { value: '1', count: '(' } }]),
    making('refused: syntax of keys', 'logs', [{ ...one, attributes: [{ keys_expression: 'Split(' }] }]),
    making('refused: syntax of a condition', 'logs', [{ ...one, conditions: ['body = 1'] }]),
    making('refused: an unknown path', 'spans', [{ sum: { value: 'span.durations' } }]),
    making('refused: AdjustedCount of logs', 'logs', [{ sum: { value: 'AdjustedCount()' } }]),
    making('refused: IsRootSpan', 'spans', [{ ...one, conditions: ['IsRootSpan()'] }]),
    making('refused: a grok without a key', 'logs', [{ gauge: { value: 'ExtractGrokPatterns(body, "%{NUMBER:t}")' } }]),
    making('refused: unknown error mode', 'logs', [one], { error_mode: 'stop' }),
    making('refused: unknown option', 'logs', [{ ...one, temporality: 'cumulative' }]),
  ],
};
