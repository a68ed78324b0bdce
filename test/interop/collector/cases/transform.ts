import type { ComponentCases } from '../cases.ts';

const all = ['traces', 'metrics', 'logs'];
const spans = (statements: readonly unknown[], options: object = {}) => ({ trace_statements: statements, ...options });
const logs = (statements: readonly unknown[], options: object = {}) => ({ log_statements: statements, ...options });
const metrics = (statements: readonly unknown[], options: object = {}) => ({
  metric_statements: statements,
  ...options,
});

/** Test cases for `transform`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'transform',
  configurations: [
    { name: 'nothing', config: {}, signals: all },
    {
      name: 'set attributes of spans',
      config: spans([
        'set(span.attributes["a"], span.name)',
        'set(span.attributes["b"], resource.attributes["service.name"]) where span.kind == 2',
      ]),
      signals: ['traces'],
    },
    {
      name: 'three statements',
      config: spans([
        'set(span.attributes["environment"], "production")',
        'delete_key(span.attributes, "text")',
        'replace_pattern(span.name, "[a-z]+", "x")',
      ]),
      signals: ['traces'],
    },
    {
      name: 'status and kind',
      config: spans([
        'set(span.status.code, STATUS_CODE_ERROR) where span.attributes["http.response.status_code"] >= 500',
        'set(span.kind, SPAN_KIND_CLIENT)',
      ]),
      signals: ['traces'],
    },
    {
      name: 'events',
      config: spans([
        'set(spanevent.attributes["name"], span.name)',
        'set(spanevent.name, Concat([spanevent.name, "x"], "-"))',
      ]),
      signals: ['traces'],
    },
    {
      name: 'resources and scopes',
      config: spans([
        'set(resource.attributes["a"], 1)',
        'set(scope.attributes["b"], scope.name)',
        'set(scope.name, "other")',
      ]),
      signals: ['traces'],
    },
    {
      name: 'groups',
      config: spans([
        { context: 'span', conditions: ['span.kind == 2'], statements: ['set(span.attributes["server"], true)'] },
        { context: 'resource', statements: ['set(attributes["x"], "y")'] },
      ]),
      signals: ['traces'],
    },
    {
      name: 'groups with conditions of which one matches',
      config: spans([
        { conditions: ['span.kind == 2', 'span.name == ""'], statements: ['set(span.attributes["one"], span.kind)'] },
      ]),
      signals: ['traces'],
    },
    {
      name: 'the cache',
      config: spans(['set(span.cache["x"], span.name)', 'set(span.attributes["cached"], span.cache["x"])']),
      signals: ['traces'],
    },
    {
      name: 'limits and kept keys',
      config: spans([
        'keep_keys(span.attributes, ["text", "int", "map"])',
        'limit(span.attributes, 2, ["int"])',
        'truncate_all(span.attributes, 3)',
      ]),
      signals: ['traces'],
    },
    { name: 'flatten', config: spans(['flatten(span.attributes, "p", 2)']), signals: ['traces'] },
    {
      name: 'failing, ignored',
      config: spans(['set(span.attributes["a"], Int(span.attributes["list"]))', 'set(span.attributes["b"], 1)']),
      signals: ['traces'],
    },
    {
      name: 'failing, silent',
      config: spans(['set(span.attributes["a"], Int(span.attributes["list"]))', 'set(span.attributes["b"], 1)'], {
        error_mode: 'silent',
      }),
      signals: ['traces'],
    },
    {
      name: 'failing, propagating',
      config: spans(['set(span.attributes["b"], 1)', 'set(span.attributes["a"], Int(span.attributes["list"]))'], {
        error_mode: 'propagate',
      }),
      signals: ['traces'],
    },
    {
      name: 'failing, mode of the group',
      config: spans([
        {
          context: 'span',
          error_mode: 'propagate',
          statements: ['set(span.attributes["a"], Int(span.attributes["list"]))'],
        },
        { context: 'span', error_mode: 'ignore', statements: ['set(span.attributes["b"], 1)'] },
      ]),
      signals: ['traces'],
    },
    {
      name: 'records',
      config: logs([
        'set(log.severity_text, "x") where log.severity_number > 9',
        'set(log.attributes["body"], log.body)',
        'set(log.body, Concat([log.severity_text, "-"], ""))',
      ]),
      signals: ['logs'],
    },
    {
      name: 'parse JSON',
      config: logs(['merge_maps(log.attributes, ParseJSON(log.body), "upsert") where IsMatch(log.body, "^\\\\{")']),
      signals: ['logs'],
    },
    {
      name: 'bodies that are maps',
      config: logs([
        'set(log.body["new"], 1) where IsMap(log.body)',
        'delete_key(log.body, "text") where IsMap(log.body)',
      ]),
      signals: ['logs'],
    },
    {
      name: 'flatten data',
      config: logs(['set(resource.attributes["to"], log.attributes["text"])'], { flatten_data: true }),
      signals: ['logs'],
    },
    {
      name: 'records by contexts',
      config: logs([
        { context: 'log', statements: ['set(attributes["a"], body)'] },
        { context: 'scope', statements: ['set(version, "2")'] },
      ]),
      signals: ['logs'],
    },
    {
      name: 'points',
      config: metrics([
        'set(datapoint.attributes["name"], metric.name)',
        'delete_matching_keys(datapoint.attributes, "^[a-i]")',
      ]),
      signals: ['metrics'],
    },
    {
      name: 'metrics',
      config: metrics(['set(metric.description, metric.unit)', 'set(metric.name, Concat(["new", metric.name], "."))']),
      signals: ['metrics'],
    },
    {
      name: 'convert sums and gauges',
      config: metrics([
        {
          context: 'metric',
          statements: ['convert_sum_to_gauge()', 'convert_gauge_to_sum("delta", true) where name == "cpu.time"'],
        },
      ]),
      signals: ['metrics'],
    },
    {
      name: 'scale and aggregate',
      config: metrics([
        { context: 'metric', statements: ['scale_metric(2.0, "x")', 'aggregate_on_attributes("sum", ["text"])'] },
      ]),
      signals: ['metrics'],
    },
    {
      name: 'extract from histograms',
      config: metrics([{ context: 'metric', statements: ['extract_sum_metric(true)', 'extract_count_metric(false)'] }]),
      signals: ['metrics'],
    },
    {
      name: 'copy metrics',
      config: metrics(['copy_metric(name="copy", desc="d", unit="u") where metric.name == "cpu.time"']),
      signals: ['metrics'],
    },
    {
      name: 'several signals',
      config: {
        ...spans(['set(span.name, "s")']),
        ...logs(['set(log.body, "l")']),
        ...metrics(['set(metric.name, "m")']),
      },
      signals: all,
    },
    { name: 'profiles', config: { profile_statements: ['set(profile.attributes["a"], 1)'] }, signals: ['logs'] },
    { name: 'wrong statement', config: spans(['set(span.name']), signals: ['traces'] },
    { name: 'unknown function', config: spans(['put(span.name, 1)']), signals: ['traces'] },
    { name: 'unknown path', config: spans(['set(span.nam, 1)']), signals: ['traces'] },
    { name: 'path of another signal', config: spans(['set(log.body, 1)']), signals: ['traces'] },
    {
      name: 'unknown context',
      config: spans([{ context: 'trace', statements: ['set(name, 1)'] }]),
      signals: ['traces'],
    },
    {
      name: 'both styles',
      config: spans(['set(span.name, "a")', { statements: ['set(span.name, "a")'] }]),
      signals: ['traces'],
    },
    { name: 'unknown error mode', config: spans(['set(span.name, "a")'], { error_mode: 'stop' }), signals: ['traces'] },
    { name: 'unknown option', config: { statements: [] }, signals: ['traces'] },
  ],
};
