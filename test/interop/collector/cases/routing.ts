import type { ComponentCases, Configuration } from '../cases.ts';

const pipelines = { traces: ['a', 'b', 'c'], metrics: ['a', 'b', 'c'], logs: ['a', 'b', 'c'] };

/** Returns a configuration whose routes lead to `a`, `b`, … in turn, with `c` as the default. */
function table(
  name: string,
  signal: 'traces' | 'metrics' | 'logs',
  rows: readonly object[],
  options: object = {},
): Configuration {
  const targets = ['a', 'b'];
  return {
    name,
    config: {
      default_pipelines: [`${signal}/c`],
      table: rows.map((row, index) => ({ pipelines: [`${signal}/${targets[index % 2]}`], ...row })),
      ...options,
    },
    signals: [`${signal}>${signal}`],
    pipelines,
  };
}

const SHOP = 'resource.attributes["service.name"] == "shop"';
const GET = 'attributes["http.request.method"] == "GET"';

export const cases: ComponentCases = {
  kind: 'connector',
  type: 'routing',
  configurations: [
    table('resource condition, traces', 'traces', [{ condition: SHOP }]),
    table('resource condition, metrics', 'metrics', [{ condition: SHOP }]),
    table('resource condition, logs', 'logs', [{ condition: SHOP }]),
    table('bare path is of the resource', 'logs', [{ condition: 'attributes["service.name"] == "shop"' }]),
    table('explicit resource context', 'traces', [
      { context: 'resource', condition: 'attributes["host.name"] != nil' },
    ]),
    table('span condition', 'traces', [{ condition: `span.${GET}` }]),
    table('explicit span context', 'traces', [{ context: 'span', condition: GET }]),
    table('log condition', 'logs', [{ condition: 'log.severity_number >= SEVERITY_NUMBER_WARN' }]),
    table('metric condition', 'metrics', [{ condition: 'metric.name == "requests"' }]),
    table('data point condition', 'metrics', [{ condition: 'datapoint.flags == FLAG_NO_RECORDED_VALUE' }]),
    table('data point value', 'metrics', [{ context: 'datapoint', condition: 'value_int == 7' }]),
    table('metric type', 'metrics', [{ condition: 'metric.type == METRIC_DATA_TYPE_SUM' }]),
    table('statement', 'traces', [{ statement: `route() where ${SHOP}` }]),
    table('statement without a condition', 'traces', [{ context: 'span', statement: 'route()' }]),
    table('two routes', 'traces', [
      { condition: SHOP },
      { condition: 'resource.attributes["service.name"] == "payments"' },
    ]),
    table('routes of several contexts', 'logs', [
      { condition: 'log.body == nil' },
      { condition: SHOP },
      { condition: `log.${GET}` },
    ]),
    table('routes of metrics in several contexts', 'metrics', [
      { condition: 'metric.unit == "s"' },
      { condition: 'datapoint.attributes["a"] != nil' },
      { condition: SHOP },
    ]),
    table('copy', 'traces', [{ condition: SHOP, action: 'copy' }, { condition: `span.${GET}` }]),
    table('copy spans', 'traces', [
      { condition: `span.${GET}`, action: 'copy' },
      { condition: SHOP, action: 'copy' },
    ]),
    table('copy metrics', 'metrics', [{ condition: 'metric.name == "requests"', action: 'copy' }, { condition: SHOP }]),
    table('copy data points', 'metrics', [{ condition: 'datapoint.flags == 1', action: 'copy' }]),
    table('several pipelines', 'logs', [{ condition: SHOP, pipelines: ['logs/a', 'logs/b'] }]),
    table('the same pipelines twice', 'logs', [
      { condition: SHOP, pipelines: ['logs/a'] },
      { condition: `log.${GET}`, pipelines: ['logs/a'] },
    ]),
    table('the same condition twice', 'traces', [{ condition: SHOP }, { condition: SHOP }]),
    table('a condition and its statement', 'traces', [{ condition: SHOP }, { statement: `route() where ${SHOP}` }]),
    table('delete a key', 'traces', [
      { statement: `delete_key(resource.attributes, "service.name") where ${SHOP}` },
      { condition: 'resource.attributes["service.name"] == nil' },
    ]),
    table('delete a key of a copy', 'logs', [
      { statement: 'delete_key(log.attributes, "http.request.method")', action: 'copy' },
      { condition: `log.${GET}` },
    ]),
    table('delete a key of data points', 'metrics', [
      { statement: 'delete_matching_keys(datapoint.attributes, ".*") where datapoint.flags == 0' },
    ]),
    table('delete a key of the resource in spans', 'traces', [
      { statement: `delete_key(resource.attributes, "service.name") where ${SHOP} and span.${GET}`, context: 'span' },
    ]),
    table('root spans', 'traces', [{ context: 'span', condition: 'IsRootSpan()' }]),
    table('converters', 'logs', [
      { condition: 'IsMatch(resource.attributes["service.name"], "^(shop|pay)") and IsString(log.body)' },
    ]),
    table('a failing condition', 'traces', [
      { condition: 'span.attributes["http.request.method"] > Int(span.name) + 1' },
    ]),
    table('a failing condition, silent', 'logs', [{ condition: 'Double(log.body) * "x" == 1' }], {
      error_mode: 'silent',
    }),
    table('a failing condition, propagate', 'logs', [{ condition: 'Substring(log.severity_text, 3, 1) == "O"' }], {
      error_mode: 'propagate',
    }),
    table('propagate without errors', 'traces', [{ condition: SHOP }], { error_mode: 'propagate' }),
    table('request metadata', 'traces', [{ context: 'request', condition: 'request["x-tenant"] == "acme"' }]),
    table('request metadata differs', 'traces', [{ context: 'request', condition: 'request["x-tenant"] != "acme"' }]),
    table('client metadata', 'logs', [{ condition: 'otelcol.client.metadata["x-tenant"] == nil' }]),
    table('client metadata of a list', 'logs', [{ condition: 'otelcol.client.metadata["x-tenant"][0] == "acme"' }]),
    table('explicit otelcol context', 'logs', [
      { context: 'otelcol', condition: 'otelcol.client.metadata["a"] == nil' },
    ]),
    table('client metadata in the resource context', 'traces', [
      { context: 'resource', condition: `otelcol.client.metadata["a"] == nil and ${SHOP}` },
    ]),
    table('context of another signal', 'logs', [{ condition: 'span.name == "checkout"' }]),
    { ...table('no default', 'traces', []), config: { table: [{ condition: SHOP, pipelines: ['traces/a'] }] } },
    table('a pipeline fails', 'traces', [{ condition: 'false' }]),
    table('constant', 'traces', [{ condition: 'true' }]),
    table('refused: empty table', 'traces', []),
    table('refused: no pipelines', 'traces', [{ condition: SHOP, pipelines: [] }]),
    table('refused: unknown pipeline', 'traces', [{ condition: SHOP, pipelines: ['traces/x'] }]),
    table('refused: pipeline of another signal', 'traces', [{ condition: SHOP, pipelines: ['logs/a'] }]),
    table('refused: pipeline of no signal', 'traces', [{ condition: SHOP, pipelines: ['spans/a'] }]),
    table('refused: unknown default pipeline', 'traces', [{ condition: SHOP }], { default_pipelines: ['traces/x'] }),
    table('refused: no condition', 'traces', [{}]),
    table('refused: condition and statement', 'traces', [{ condition: SHOP, statement: 'route()' }]),
    table('refused: syntax', 'traces', [{ condition: 'resource.attributes["a"] = "b"' }]),
    table('refused: unknown path', 'traces', [{ condition: 'span.nam == "b"' }]),
    table('refused: unknown function', 'traces', [{ condition: 'IsBig(span.name)' }]),
    table('refused: another editor', 'traces', [{ statement: 'set(span.name, "x")' }]),
    table('refused: scope context', 'traces', [{ condition: 'scope.name == "x"' }]),
    table('refused: unknown context', 'traces', [{ context: 'scope', condition: 'name == "x"' }]),
    table('refused: unknown action', 'traces', [{ condition: SHOP, action: 'drop' }]),
    table('refused: unknown error mode', 'traces', [{ condition: SHOP }], { error_mode: 'stop' }),
    table('refused: statement in the request context', 'traces', [{ context: 'request', statement: 'route()' }]),
    table('refused: request condition', 'traces', [{ context: 'request', condition: 'request.x == "a"' }]),
    table('refused: two comparisons', 'traces', [{ context: 'request', condition: 'request["x"] == "a" == "b"' }]),
    table('refused: resource path in the otelcol context', 'traces', [{ context: 'otelcol', condition: SHOP }]),
  ],
};
