import type { ComponentCases, Configuration, Step } from '../cases.ts';

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** Returns a request with exceptions in spans of several services. */
function request(...types: readonly string[]): Step {
  const events = types.map((type, index) => ({
    name: index % 4 === 3 ? 'log' : 'exception',
    timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(index)),
    attributes: [
      text('exception.type', type),
      ...(index % 2 === 0
        ? [text('exception.message', `${type} happened`), text('exception.stacktrace', 'at a\nat b')]
        : []),
      { key: 'attempt', value: { intValue: String(index % 2) } },
    ],
  }));
  const span = (name: string, fields: object = {}) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    name,
    events,
    ...fields,
  });
  return {
    send: {
      resourceSpans: [
        {
          resource: { attributes: [text('service.name', 'shop'), text('zone', 'eu')] },
          schemaUrl: 'https://schema/1',
          scopeSpans: [
            {
              scope: { name: 'lib', version: '1', attributes: [text('team', 'a')] },
              schemaUrl: 'https://schema/2',
              spans: [
                span('pay', {
                  kind: 2,
                  status: { code: 2 },
                  attributes: [
                    text('http.route', '/pay'),
                    text('span.kind', 'mine'),
                    { key: 'size', value: { intValue: '3' } },
                  ],
                }),
                span('get', { kind: 3, status: { code: 1 }, attributes: [text('exception.type', 'of the span')] }),
              ],
            },
            { spans: [span('', { kind: 9, traceId: '', spanId: '' })] },
          ],
        },
        {
          resource: { attributes: [{ key: 'service.name', value: { intValue: '5' } }] },
          scopeSpans: [{ spans: [span('numbered')] }],
        },
        { resource: { attributes: [text('zone', 'us')] }, scopeSpans: [{ spans: [span('without a service')] }] },
      ],
    },
  };
}

const STEPS: readonly Step[] = [request('A', 'B', 'A', 'C'), request('A'), request(), request('B', 'C', 'D', 'E', 'A')];
const BOTH = ['traces>metrics', 'traces>logs'];

function configured(name: string, config: object, signals: readonly string[] = BOTH): Configuration {
  return { name, config: { ...config }, signals, steps: STEPS };
}

const exemplars = { enabled: true };
const values = [
  { stringValue: '' },
  { stringValue: 'x' },
  { intValue: '7' },
  { doubleValue: 2.5 },
  { boolValue: true },
  { bytesValue: 'aGk=' },
  { arrayValue: { values: [{ intValue: '1' }] } },
  {},
];
const VALUES: readonly Step[] = values.map((value) => ({
  send: {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'shop')] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: '0af7651916cd43dd8448eb211c80319c',
                spanId: 'b7ad6b7169203331',
                name: 'x',
                events: [
                  {
                    name: 'exception',
                    attributes: [
                      { key: 'v', value },
                      { key: 'exception.stacktrace', value },
                    ],
                  },
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
  type: 'exceptions',
  configurations: [
    configured('no options', {}),
    // Without exceptions, the Collector emits a metric that has no points.
    { name: 'generated spans', config: {}, signals: ['traces>logs'] },
    configured('exemplars', { exemplars }),
    configured('exemplars that are disabled', { exemplars: { enabled: false } }),
    configured('no dimensions', { dimensions: [] }),
    configured('one dimension', { dimensions: [{ name: 'exception.type' }] }),
    configured('three dimensions', {
      dimensions: [{ name: 'exception.type' }, { name: 'http.route' }, { name: 'attempt' }],
    }),
    configured('dimension of the span', { dimensions: [{ name: 'http.route' }] }),
    configured('dimension of the resource', { dimensions: [{ name: 'zone' }] }),
    configured('dimension of the scope', { dimensions: [{ name: 'team' }] }),
    configured('dimension with a default', { dimensions: [{ name: 'http.route', default: 'none' }] }),
    configured('dimension with an empty default', { dimensions: [{ name: 'http.route', default: '' }] }),
    configured('dimension of a number', { dimensions: [{ name: 'attempt' }, { name: 'size' }] }),
    configured('dimension without a name', { dimensions: [{}] }),
    configured('dimension of the stack trace', { dimensions: [{ name: 'exception.stacktrace' }], exemplars }),
    configured('dimension of the message', { dimensions: [{ name: 'exception.message', default: '-' }], exemplars }),
    { ...configured('values of all types', { dimensions: [{ name: 'v' }] }), steps: VALUES },
    {
      ...configured('values of all types with a default', { dimensions: [{ name: 'v', default: 'd' }] }),
      steps: VALUES,
    },
    configured('refused: fixed dimension', { dimensions: [{ name: 'service.name' }] }),
    configured('refused: fixed dimension of the span', { dimensions: [{ name: 'a' }, { name: 'span.name' }] }),
    configured('refused: fixed dimension of the status', { dimensions: [{ name: 'status.code' }] }),
    configured('refused: dimension twice', { dimensions: [{ name: 'a' }, { name: 'a', default: 'x' }] }),
    configured('refused: exemplars of another type', { exemplars: { enabled: 'often' } }),
    configured('refused: unknown option', { exemplar: true }),
    configured('refused: traces to traces', {}, ['traces>traces']),
    configured('refused: dimensions of another type', { dimensions: { name: 'a' } }),
  ],
};
