import type { ComponentCases } from '../cases.ts';

const all = ['traces', 'metrics', 'logs'];
const SPANS = ['traces'];
const LOGS = ['logs'];
const METRICS = ['metrics'];
const status = { key: 'http.response.status_code', value: 404 };

/** Test cases for `filter`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'filter',
  configurations: [
    { name: 'nothing', config: {}, signals: all },
    {
      name: 'spans by attribute',
      config: { traces: { span: ['attributes["http.response.status_code"] == 404'] } },
      signals: SPANS,
    },
    {
      name: 'spans by one of several conditions',
      config: { traces: { span: ['kind == SPAN_KIND_SERVER', 'IsMatch(name, "^[A-Z]")'] } },
      signals: SPANS,
    },
    {
      name: 'resources of spans',
      config: { traces: { resource: ['attributes["service.name"] == "shop"'] } },
      signals: SPANS,
    },
    {
      name: 'span events',
      config: { traces: { spanevent: ['name == "event"', 'attributes["int"] != nil'] } },
      signals: SPANS,
    },
    { name: 'spans and events', config: { traces: { span: ['kind == 2'], spanevent: ['true'] } }, signals: SPANS },
    { name: 'all spans', config: { traces: { span: ['true'] } }, signals: SPANS },
    { name: 'spans, failing', config: { traces: { span: ['attributes["any"]["x"] == 1'] } }, signals: SPANS },
    {
      name: 'spans, failing silently',
      config: { error_mode: 'silent', traces: { span: ['attributes["any"]["x"] == 1'] } },
      signals: SPANS,
    },
    {
      name: 'spans, propagating',
      config: { error_mode: 'propagate', traces: { span: ['attributes["any"]["x"] == 1', 'kind == 2'] } },
      signals: SPANS,
    },
    {
      name: 'records by severity',
      config: { logs: { log_record: ['severity_number < SEVERITY_NUMBER_WARN'] } },
      signals: LOGS,
    },
    { name: 'records by body', config: { logs: { log_record: ['IsString(body) and Len(body) > 5'] } }, signals: LOGS },
    { name: 'resources of records', config: { logs: { resource: ['attributes["host.name"] == nil'] } }, signals: LOGS },
    {
      name: 'resources and records',
      config: { logs: { resource: ['attributes["int"] == 404'], log_record: ['attributes["bool"]'] } },
      signals: LOGS,
    },
    {
      name: 'records, propagating',
      config: { error_mode: 'propagate', logs: { log_record: ['body["a"] == 1'] } },
      signals: LOGS,
    },
    { name: 'metrics by name', config: { metrics: { metric: ['name == "cpu.time"'] } }, signals: METRICS },
    {
      name: 'metrics by type',
      config: { metrics: { metric: ['type == METRIC_DATA_TYPE_GAUGE', 'HasAttrKeyOnDatapoint("int")'] } },
      signals: METRICS,
    },
    {
      name: 'metrics by attributes of points',
      config: { metrics: { metric: ['HasAttrOnDatapoint("text", "MyMetricName")'] } },
      signals: METRICS,
    },
    {
      name: 'points',
      config: { metrics: { datapoint: ['attributes["bool"] == true', 'metric.name == "cpu.time"'] } },
      signals: METRICS,
    },
    { name: 'all points', config: { metrics: { datapoint: ['true'] } }, signals: METRICS },
    {
      name: 'metrics and points',
      config: {
        metrics: {
          resource: ['attributes["service.name"] == "shop"'],
          metric: ['unit == "s"'],
          datapoint: ['flags == 1'],
        },
      },
      signals: METRICS,
    },
    {
      name: 'inferred spans',
      config: { trace_conditions: ['span.kind == 2', 'resource.attributes["service.name"] == "shop"'] },
      signals: SPANS,
    },
    {
      name: 'inferred events',
      config: { trace_conditions: ['spanevent.name == "event" and span.kind == 2'] },
      signals: SPANS,
    },
    { name: 'inferred scopes', config: { trace_conditions: ['scope.name == "lib"'] }, signals: SPANS },
    {
      name: 'inferred groups',
      config: {
        trace_conditions: [
          { context: 'span', conditions: ['span.kind == 3'] },
          { conditions: ['resource.attributes["int"] == 404'], error_mode: 'ignore' },
        ],
      },
      signals: SPANS,
    },
    {
      name: 'inferred records',
      config: { log_conditions: ['log.severity_number > 9', 'log.attributes["bool"] == false'] },
      signals: LOGS,
    },
    {
      name: 'inferred metrics',
      config: { metric_conditions: ['metric.name == "cpu.time"', 'resource.attributes["int"] == 404'] },
      signals: METRICS,
    },
    {
      name: 'inferred points',
      config: { metric_conditions: ['datapoint.attributes["bool"] == true'] },
      signals: METRICS,
    },
    {
      name: 'both styles of groups',
      config: { log_conditions: ['log.body == nil', { conditions: ['log.body == nil'] }] },
      signals: LOGS,
    },
    {
      name: 'inferred and listed',
      config: { trace_conditions: ['span.kind == 2'], traces: { span: ['kind == 3'] } },
      signals: SPANS,
    },
    {
      name: 'included spans',
      config: { spans: { include: { match_type: 'regexp', services: ['^s', 'front'], attributes: [status] } } },
      signals: SPANS,
    },
    {
      name: 'included services',
      config: {
        spans: {
          include: { match_type: 'strict', services: ['shop'] },
          exclude: { match_type: 'regexp', span_names: ['[a-z]'] },
        },
      },
      signals: SPANS,
    },
    {
      name: 'excluded status',
      config: { spans: { exclude: { match_type: 'strict', attributes: [status] } } },
      signals: SPANS,
    },
    {
      name: 'properties and conditions of spans',
      config: { spans: { include: { match_type: 'strict', services: ['a'] } }, traces: { span: ['true'] } },
      signals: SPANS,
    },
    {
      name: 'properties of spans and inferred conditions',
      config: { spans: { include: { match_type: 'strict', services: ['a'] } }, trace_conditions: ['span.kind == 2'] },
      signals: SPANS,
    },
    {
      name: 'included records',
      config: {
        logs: {
          include: {
            match_type: 'strict',
            resource_attributes: [{ key: 'service.name', value: 'shop' }],
            severity_texts: ['warn', ''],
          },
        },
      },
      signals: LOGS,
    },
    {
      name: 'excluded bodies',
      config: {
        logs: {
          exclude: { match_type: 'regexp', bodies: ['[0-9]', '^$'], record_attributes: [{ key: 'text', value: '.' }] },
        },
      },
      signals: LOGS,
    },
    ...['INFO', 'warn2', '17', ''].map((min) => ({
      name: `included severity "${min}"`,
      config: { logs: { include: { severity_number: { min, match_undefined: min !== '17' } } } },
      signals: LOGS,
    })),
    {
      name: 'empty properties of records',
      config: { logs: { include: {}, exclude: { match_type: 'strict' } } },
      signals: LOGS,
    },
    { name: 'wrong severity', config: { logs: { include: { severity_number: { min: 'loud' } } } }, signals: all },
    {
      name: 'severity that is a number',
      config: { logs: { include: { severity_number: { min: 9 } } } },
      signals: LOGS,
    },
    { name: 'records without match type', config: { logs: { include: { bodies: ['x'] } } }, signals: LOGS },
    {
      name: 'included metrics',
      config: {
        metrics: {
          include: { match_type: 'regexp', metric_names: ['^cpu', 'total$'], regexp: { cacheenabled: true } },
        },
      },
      signals: METRICS,
    },
    {
      name: 'excluded metrics',
      config: {
        metrics: { exclude: { match_type: 'strict', metric_names: ['cpu.time', 'x'] }, regexp: { cacheenabled: true } },
      },
      signals: METRICS,
    },
    {
      name: 'included resources of metrics',
      config: {
        metrics: { include: { match_type: 'strict', resource_attributes: [{ key: 'service.name', value: 'shop' }] } },
      },
      signals: METRICS,
    },
    {
      name: 'excluded resources of metrics',
      config: {
        metrics: {
          exclude: {
            match_type: 'regexp',
            resource_attributes: [{ key: 'host.name', value: 'a' }],
            metric_names: ['.'],
          },
        },
      },
      signals: METRICS,
    },
    {
      name: 'expressions',
      config: {
        metrics: {
          include: { match_type: 'expr', expressions: ['MetricName == "cpu.time"', 'Label("text") matches "^[A-Z]"'] },
        },
      },
      signals: METRICS,
    },
    {
      name: 'expressions of types and labels',
      config: {
        metrics: {
          exclude: {
            match_type: 'expr',
            expressions: [
              'MetricType in ["Gauge", "Sum"] && !HasLabel("any")',
              'Label("int") == "" and HasLabel("int")',
            ],
          },
        },
      },
      signals: METRICS,
    },
    { name: 'no expressions', config: { metrics: { include: { match_type: 'expr' } } }, signals: METRICS },
    {
      name: 'wrong expression',
      config: { metrics: { include: { match_type: 'expr', expressions: ['MetricName =='] } } },
      signals: METRICS,
    },
    {
      name: 'expressions with attributes of resources',
      config: {
        metrics: {
          include: { match_type: 'expr', expressions: ['true'], resource_attributes: [{ key: 'a', value: 'b' }] },
        },
      },
      signals: METRICS,
    },
    {
      name: 'properties and conditions of metrics',
      config: { metrics: { include: { match_type: 'strict', metric_names: ['a'] }, metric: ['true'] } },
      signals: METRICS,
    },
    {
      name: 'unknown match type',
      config: { metrics: { include: { match_type: 'glob', metric_names: ['a'] } } },
      signals: METRICS,
    },
    { name: 'wrong condition', config: { traces: { span: ['attributes["a" == 1'] } }, signals: all },
    { name: 'unknown path', config: { logs: { log_record: ['nme == 1'] } }, signals: LOGS },
    { name: 'unknown function', config: { logs: { log_record: ['IsLog(body)'] } }, signals: LOGS },
    { name: 'unknown error mode', config: { error_mode: 'stop' }, signals: all },
    { name: 'unknown option', config: { span: [] }, signals: all },
    {
      name: 'conditions of profiles',
      config: { profiles: { profile: ['true'] }, profile_conditions: [] },
      signals: LOGS,
    },
  ],
};
