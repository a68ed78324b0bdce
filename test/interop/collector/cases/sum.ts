import type { ComponentCases, Configuration } from '../cases.ts';

const SIGNALS = {
  spans: 'traces',
  spanevents: 'traces',
  metrics: 'metrics',
  datapoints: 'metrics',
  logs: 'logs',
} as const;
type Section = keyof typeof SIGNALS;

function summing(name: string, section: Section, metrics: object): Configuration {
  return { name, config: { [section]: metrics }, signals: [`${SIGNALS[section]}>metrics`] };
}

const source_attribute = 'http.response.status_code';
const METHOD = { key: 'http.request.method' };

const values = [
  { stringValue: '12.5' },
  { stringValue: ' 1' },
  { stringValue: '0x1p-2' },
  { stringValue: '1e400' },
  { stringValue: '-inf' },
  { stringValue: 'NaN' },
  { stringValue: '1_000' },
  { stringValue: '' },
  { stringValue: 'text' },
  { intValue: '7' },
  { intValue: '-9007199254740993' },
  { intValue: '0' },
  { doubleValue: 0.1 },
  { doubleValue: 1e21 },
  { doubleValue: 123456789 },
  { doubleValue: 1234567 },
  { doubleValue: 999999 },
  { doubleValue: 0.00001 },
  { doubleValue: -2.5 },
  { boolValue: true },
  { bytesValue: 'aGk=' },
  { arrayValue: { values: [{ intValue: '1' }] } },
  {},
];
/** Requests with one log record each, one per value. */
const STEPS = values.map((value) => ({
  send: {
    resourceLogs: [
      {
        scopeLogs: [
          {
            logRecords: [
              {
                attributes: [
                  { key: 'v', value },
                  { key: 'w', value: { intValue: '2' } },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
}));

export const cases: ComponentCases = {
  kind: 'connector',
  type: 'sum',
  configurations: [
    { name: 'no options', config: {}, signals: ['traces>metrics', 'metrics>metrics', 'logs>metrics'] },
    summing('spans', 'spans', { a: { source_attribute } }),
    summing('spans with a description', 'spans', { a: { source_attribute, description: 'Codes.' } }),
    summing('spans by attribute', 'spans', { a: { source_attribute, attributes: [METHOD] } }),
    summing('spans that match', 'spans', {
      a: { source_attribute, conditions: ['attributes["http.request.method"] == "GET"'] },
    }),
    summing('spans that match one of two', 'spans', {
      a: { source_attribute, conditions: ['kind == 1', 'name == "checkout"'] },
    }),
    summing('several metrics', 'spans', {
      a: { source_attribute },
      b: { source_attribute: 'a', attributes: [METHOD] },
    }),
    summing('a missing source', 'spans', { a: { source_attribute: 'no.such.attribute' } }),
    summing('span events', 'spanevents', { a: { source_attribute: 'a' } }),
    summing('span events by attribute', 'spanevents', {
      a: { source_attribute: 'a', attributes: [{ key: 'b', default_value: 'x' }] },
    }),
    summing('metrics', 'metrics', { a: { source_attribute: 'a' } }),
    summing('data points', 'datapoints', { a: { source_attribute: 'a' } }),
    summing('data points by attribute', 'datapoints', { a: { source_attribute: 'a', attributes: [{ key: 'b' }] } }),
    summing('data points that match', 'datapoints', {
      a: { source_attribute: 'a', conditions: ['metric.name == "requests"'] },
    }),
    summing('logs', 'logs', { a: { source_attribute } }),
    summing('logs by attribute', 'logs', {
      a: { source_attribute, attributes: [{ key: 'user.email', default_value: 'nobody' }] },
    }),
    summing('logs by a number', 'logs', { a: { source_attribute, attributes: [{ key: source_attribute }] } }),
    summing('default of a number', 'logs', { a: { source_attribute, attributes: [{ key: 'x', default_value: 3 }] } }),
    summing('default of a fraction', 'logs', {
      a: { source_attribute, attributes: [{ key: 'x', default_value: 2.5 }] },
    }),
    summing('default of zero', 'logs', { a: { source_attribute, attributes: [{ key: 'x', default_value: 0 }] } }),
    summing('default of a boolean', 'logs', {
      a: { source_attribute, attributes: [{ key: 'x', default_value: true }] },
    }),
    summing('attributes of any type', 'logs', { a: { source_attribute, attributes: [{ key: 'a' }] } }),
    { ...summing('sources of all types', 'logs', { a: { source_attribute: 'v' } }), steps: STEPS },
    {
      ...summing('attributes of all types', 'logs', { a: { source_attribute: 'w', attributes: [{ key: 'v' }] } }),
      steps: STEPS,
    },
    {
      ...summing('attributes of all types with a default', 'logs', {
        a: { source_attribute: 'w', attributes: [{ key: 'v', default_value: 'x' }] },
      }),
      steps: STEPS,
    },
    summing('two attributes', 'logs', {
      a: { source_attribute, attributes: [METHOD, { key: 'user.email', default_value: 'nobody' }] },
    }),
    summing('a condition that fails', 'logs', {
      a: { source_attribute, conditions: ['Substring(severity_text, 2, 1) == "F"'] },
    }),
    summing('refused: no source', 'logs', { a: {} }),
    summing('refused: no name', 'logs', { '': { source_attribute } }),
    summing('refused: attributes of metrics', 'metrics', { a: { source_attribute, attributes: [METHOD] } }),
    summing('refused: an attribute without a key', 'logs', {
      a: { source_attribute, attributes: [{ default_value: 'x' }] },
    }),
    summing('refused: an unknown path', 'logs', { a: { source_attribute, conditions: ['bodi == "x"'] } }),
    summing('refused: an unknown option', 'logs', { a: { source_attribute, unit: 's' } }),
    { name: 'refused: logs to logs', config: { logs: { a: { source_attribute } } }, signals: ['logs>logs'] },
  ],
};
