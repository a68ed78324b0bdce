import type { SqlResponse } from '@otelier/query';
import type { FixtureResponse } from './documents-api.ts';
import { randomFrom } from './random.ts';
import type { Shop } from './shop.ts';

/** Texts that a page must show as they are. */
const HOSTILE = ['<img src=x onerror="window.hacked=1">', '\u202Egnp.exe', 'a\0b', 'x'.repeat(20_000), '=1+1', ''];
const VERSIONS = ['2.8.1', '2.8.0', '2.7.4'];
const LEVELS = { BOGUS: 0, DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17 } as const;

/** Responses of the query languages' APIs over the shop. A word in the query selects the case: huge, hostile, nothing. */
export function queryApi(
  shop: Shop,
  path: string,
  params: URLSearchParams,
  body: unknown,
): FixtureResponse | undefined {
  if (path === '/api/v1/sql') return sql(shop, (body as { readonly statement: string }).statement);
  const query = params.get('query') ?? params.get('q') ?? '';
  if (path === '/prometheus/api/v1/query_range') return promql(query, params);
  if (path === '/prometheus/api/v1/query_exemplars') return exemplars(shop);
  if (path.startsWith('/prometheus/api/v1/'))
    return { status: 200, body: { status: 'success', data: prometheusNames(path) } };
  if (path === '/loki/api/v1/query_range') return logql(shop, query, params);
  if (path === '/loki/api/v1/labels') return ok({ data: ['service_name', 'detected_level', 'k8s_pod_name'] });
  if (path.startsWith('/loki/api/v1/label/')) return ok({ data: ['payment', 'checkout'] });
  if (path === '/tempo/api/search') return traceql(shop, query);
  if (path === '/tempo/api/v2/search/tags') {
    return ok({
      scopes: [
        { name: 'span', tags: ['http.route'] },
        { name: 'intrinsic', tags: ['status', 'duration'] },
      ],
    });
  }
  if (path.startsWith('/tempo/api/v2/search/tag/')) return ok({ tagValues: [{ type: 'keyword', value: 'error' }] });
  return undefined;
}

function sql(shop: Shop, statement: string): FixtureResponse {
  if (statement.includes('count(* FROM')) {
    const at = statement.slice(0, statement.indexOf('FROM'));
    const place = `line ${at.split('\n').length}, column ${at.length - at.lastIndexOf('\n')}`;
    return failed(400, { error: { code: 'bad_request', message: `SQL: ${place}: syntax error at or near "FROM"` } });
  }
  const rows = (columns: readonly (readonly [string, string])[], list: SqlResponse['rows'], truncated = false) =>
    ok({ columns: columns.map(([name, type]) => ({ name, type })), rows: list, truncated, elapsedMillis: 84.2 });
  if (statement.includes('LIMIT 0')) {
    return rows(
      [
        ['service_name', 'VARCHAR'],
        ['start_time', 'TIMESTAMP_NS'],
        ['duration_ns', 'BIGINT'],
        ['attributes', 'JSON'],
      ],
      [],
    );
  }
  if (statement.includes('nothing')) return rows([['n', 'BIGINT']], []);
  if (statement.includes('hostile'))
    return rows(
      [
        ['<b>name</b>', 'VARCHAR'],
        ['', 'JSON'],
      ],
      HOSTILE.map((text) => [text, { [text.slice(0, 20)]: null }]),
    );
  if (statement.includes('huge')) {
    const columns = Array.from(
      { length: 140 },
      (_, index) => [`column ${index}`, index === 0 ? 'BIGINT' : 'VARCHAR'] as const,
    );
    return rows(
      columns,
      Array.from({ length: 5000 }, (_, row) =>
        columns.map((_column, index) => (index === 0 ? row : `${row}/${index}`)),
      ),
      true,
    );
  }
  const end = Math.floor(Date.now() / 15_000) * 15_000;
  const list = Array.from({ length: 40 }, (_, step) => end - (39 - step) * 15_000).flatMap((millis) =>
    VERSIONS.map((version, index) => {
      const { next } = randomFrom(millis / 1000 + index);
      const errors = millis > shop.deployMillis && index === 0 ? Math.round(next() * 40) : 0;
      return [new Date(millis).toISOString(), version, Math.round(200 - index * 60 + next() * 20), errors];
    }),
  );
  return rows(
    [
      ['time', 'TIMESTAMP'],
      ['version', 'VARCHAR'],
      ['calls', 'BIGINT'],
      ['errors', 'BIGINT'],
    ],
    list,
  );
}

function promql(query: string, params: URLSearchParams): FixtureResponse {
  if (query.split('(').length !== query.split(')').length) {
    const error = `invalid parameter "query": 1:${query.length + 1}: parse error: unclosed left parenthesis`;
    return failed(400, { status: 'error', errorType: 'bad_data', error });
  }
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(params.get(name)));
  const times = Array.from(
    { length: Math.floor(((end ?? 0) - (start ?? 0)) / (step ?? 1)) + 1 },
    (_, index) => (start ?? 0) + index * (step ?? 1),
  );
  const series = (metric: object, level: number) => ({
    metric,
    values: times.map((time) => [time, String(level * (0.9 + 0.2 * randomFrom(time + level).next()))]),
  });
  const result = query.includes('nothing')
    ? []
    : query.includes('by (le)')
      ? ['0.01', '0.1', '1', '+Inf'].map((le, index) => series({ le }, 10 * (index + 1)))
      : query.includes('huge')
        ? Array.from({ length: 300 }, (_, index) => series({ pod: `pod-${index}` }, index))
        : query.includes('hostile')
          ? HOSTILE.map((text) => series({ name: text }, 1))
          : VERSIONS.map((version, index) => series({ service_version: version }, 3 - index));
  const infos = query.includes('rate(') ? [] : ['PromQL info: this is simulated'];
  return ok({ status: 'success', data: { resultType: 'matrix', result }, infos });
}

/** An exemplar of each of the latest traces, in the series of one version. */
function exemplars(shop: Shop): FixtureResponse {
  const found = [...shop.traces].slice(-20).map(([traceId, [span]]) => ({
    labels: { trace_id: traceId, span_id: span?.spanId ?? '' },
    value: '2.5',
    timestamp: (span?.startMillis ?? 0) / 1000,
  }));
  const seriesLabels = { __name__: 'x_bucket', service_version: '2.8.1', job: 'shop/payment' };
  return ok({ status: 'success', data: [{ seriesLabels, exemplars: found }] });
}

function logql(shop: Shop, query: string, params: URLSearchParams): FixtureResponse {
  if (!query.includes('}'))
    return failed(
      400,
      `parse error at line 1, col ${query.length + 1}: syntax error: unexpected $end, expecting } or ,\n`,
    );
  if (/^\s*sum|rate\(/.test(query)) return promql(query, params);
  const found = query.includes('nothing') ? [] : shop.logs.slice(-800);
  const result = found.map((log) => ({
    stream: {
      service_name: log.service,
      severity_number: String(log.severityNumber ?? LEVELS.INFO),
      detected_level: log.severityText,
      ...(log.traceId ? { trace_id: log.traceId, span_id: log.spanId } : {}),
    },
    values: [
      [`${Math.floor(log.timeMillis)}000000`, query.includes('hostile') ? HOSTILE[(log.timeMillis % 5) | 0] : log.body],
    ],
  }));
  return ok({
    status: 'success',
    data: { resultType: 'streams', result },
    warnings: found.length === 0 ? ['no results: the newest log record is older'] : [],
  });
}

function traceql(shop: Shop, query: string): FixtureResponse {
  if (!query.includes('}'))
    return failed(
      400,
      `invalid TraceQL query: parse error at line 1, col ${query.length + 1}: syntax error: unexpected $end`,
    );
  const traces = query.includes('nothing') ? [] : [...shop.traces].slice(-100).reverse();
  return ok({
    traces: traces.map(([traceID, spans]) => ({
      traceID,
      rootServiceName: spans[0]?.service,
      rootTraceName: spans[0]?.name,
      startTimeUnixNano: spans[0]?.startNanos,
      durationMs: Math.round((spans[0]?.durationNanos ?? 0) / 1e6),
      spanSets: [{ matched: 1 }],
      serviceStats: {
        all: { spanCount: spans.length, errorCount: spans.filter((span) => span.statusCode === 'ERROR').length },
      },
    })),
  });
}

function prometheusNames(path: string): unknown {
  if (path.endsWith('/metadata')) return { payment_declined_total: [{ type: 'counter', help: 'Declined', unit: '' }] };
  return path.endsWith('/__name__/values')
    ? ['payment_declined_total', 'payment_charge_duration_seconds_bucket']
    : ['service_version', 'payment'];
}

const ok = (body: unknown): FixtureResponse => ({ status: 200, body });
const failed = (status: number, body: unknown): FixtureResponse => ({ status, body });
