import type { ComponentCases, Configuration } from '../cases.ts';

const SIGNALS = {
  spans: 'traces',
  spanevents: 'traces',
  metrics: 'metrics',
  datapoints: 'metrics',
  logs: 'logs',
} as const;
type Section = keyof typeof SIGNALS;

function counting(name: string, section: Section, metrics: object): Configuration {
  return { name, config: { [section]: metrics }, signals: [`${SIGNALS[section]}>metrics`] };
}

const METHOD = { key: 'http.request.method' };
const SERVICE = { key: 'service.name' };
const MISSING = { key: 'no.such.attribute', default_value: 'none' };

export const cases: ComponentCases = {
  kind: 'connector',
  type: 'count',
  configurations: [
    { name: 'no options', config: {}, signals: ['traces>metrics', 'metrics>metrics', 'logs>metrics'] },
    { name: 'empty sections', config: { spans: {}, logs: {} }, signals: ['traces>metrics', 'logs>metrics'] },
    counting('a name of its own', 'spans', { 'my.spans': { description: 'Mine.' } }),
    counting('spans that match', 'spans', { a: { conditions: ['attributes["http.request.method"] == "GET"'] } }),
    counting('spans with the name of the context', 'spans', { a: { conditions: ['span.kind == SPAN_KIND_SERVER'] } }),
    counting('spans that match one of two', 'spans', {
      a: { conditions: ['kind == 1', 'status.code == STATUS_CODE_ERROR'] },
    }),
    counting('spans by resource', 'spans', { a: { conditions: ['resource.attributes["service.name"] == "shop"'] } }),
    counting('spans by attribute', 'spans', { a: { attributes: [METHOD] } }),
    counting('spans by several attributes', 'spans', { a: { attributes: [METHOD, SERVICE, MISSING] } }),
    counting('spans by a missing attribute', 'spans', { a: { attributes: [{ key: 'no.such.attribute' }] } }),
    counting('several metrics of spans', 'spans', {
      a: { attributes: [METHOD] },
      b: { conditions: ['name == "checkout"'] },
    }),
    counting('root spans', 'spans', { a: { conditions: ['IsRootSpan()'] } }),
    counting('span events', 'spanevents', { a: { conditions: ['name == "e"'] } }),
    counting('span events by attributes of the resource', 'spanevents', { a: { attributes: [SERVICE] } }),
    counting('span events by their span', 'spanevents', { a: { conditions: ['span.name == "checkout"'] } }),
    counting('metrics that match', 'metrics', { a: { conditions: ['name == "requests"'] } }),
    counting('metrics by type', 'metrics', { a: { conditions: ['metric.type == METRIC_DATA_TYPE_HISTOGRAM'] } }),
    counting('metrics by attributes of points', 'metrics', { a: { conditions: ['HasAttrKeyOnDatapoint("a")'] } }),
    counting('data points that match', 'datapoints', {
      a: { conditions: ['metric.name == "requests"', 'flags == 1'] },
    }),
    counting('data points by attribute', 'datapoints', { a: { attributes: [{ key: 'a' }] } }),
    counting('data points by attribute of the resource', 'datapoints', {
      a: { attributes: [SERVICE, { key: 'a', default_value: 1 }] },
    }),
    counting('logs that match', 'logs', { a: { conditions: ['severity_number >= SEVERITY_NUMBER_WARN'] } }),
    counting('logs by attribute', 'logs', { a: { attributes: [METHOD, { key: 'user.email', default_value: '' }] } }),
    counting('default values of all types', 'logs', {
      a: {
        attributes: [
          { key: 'x1', default_value: 7 },
          { key: 'x2', default_value: 2.5 },
          { key: 'x3', default_value: true },
          { key: 'x4', default_value: ['a', 1] },
          { key: 'x5', default_value: { a: { b: 1 } } },
          { key: 'x6', default_value: '' },
        ],
      },
    }),
    counting('default value of null', 'logs', { a: { attributes: [{ key: 'x1', default_value: null }] } }),
    counting('attributes of any type', 'logs', {
      a: { attributes: [{ key: 'a' }] },
      b: { attributes: [{ key: 'b' }] },
      m: { attributes: [{ key: 'm' }] },
    }),
    counting('a condition that fails', 'logs', { a: { conditions: ['Substring(severity_text, 2, 1) == "F"'] } }),
    counting('a condition that fails for spans', 'spans', { a: { conditions: ['Substring(name, 4, 1) == "/"'] } }),
    counting('functions', 'logs', { a: { conditions: ['IsString(body) and Len(body) > 2'] } }),
    {
      name: 'a metric without data',
      config: {},
      signals: ['metrics>metrics'],
      steps: [
        {
          send: {
            resourceMetrics: [
              { scopeMetrics: [{ metrics: [{ name: 'a', gauge: { dataPoints: [{ asInt: '1' }] } }, { name: 'b' }] }] },
            ],
          },
        },
        {
          send: {
            resourceMetrics: [
              { scopeMetrics: [{ metrics: [{ name: 'a', gauge: { dataPoints: [{ asInt: '1' }] } }] }] },
            ],
          },
        },
        { send: { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'a', sum: {} }] }] }] } },
      ],
    },
    counting('refused: no name', 'spans', { '': {} }),
    counting('refused: no name of logs', 'logs', { '': {} }),
    counting('refused: attributes of metrics', 'metrics', { a: { attributes: [{ key: 'x' }] } }),
    counting('refused: an attribute without a key', 'spans', { a: { attributes: [{ default_value: 'x' }] } }),
    counting('refused: an unknown path', 'spans', { a: { conditions: ['nam == "x"'] } }),
    counting('refused: syntax', 'logs', { a: { conditions: ['body = "x"'] } }),
    counting('refused: a function of another context', 'logs', { a: { conditions: ['IsRootSpan()'] } }),
    counting('refused: an editor', 'logs', { a: { conditions: ['set(body, "x")'] } }),
    { name: 'refused: logs to traces', config: {}, signals: ['logs>traces'] },
    {
      name: 'refused: conditions of another type',
      config: { logs: { a: { conditions: { x: 1 } } } },
      signals: ['logs>metrics'],
    },
  ],
};
