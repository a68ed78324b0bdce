import type { FixtureResponse } from './documents-api.ts';

/** What the simulated gateway is configured to alert on: nothing, the shop, or a thousand alerts with hostile labels. */
export type AlertingMode = 'none' | 'shop' | 'many';

interface Silence {
  readonly id: string;
  status: { state: string };
  readonly matchers: readonly object[];
  readonly [field: string]: unknown;
}

/** The token for edits. */
export const FIXTURE_TOKEN = 'fixture-token';

/** The APIs of Prometheus and Alertmanager about alerts, in the forms of their responses. */
export class FixtureAlerting {
  mode: AlertingMode = 'none';
  readonly #silences: Silence[] = [];

  /** Responds to requests of these APIs in which alerts are configured. */
  handle(
    {
      method = 'GET',
      authorization = '',
    }: { readonly method?: string | undefined; readonly authorization?: string | undefined },
    { pathname, searchParams }: URL,
    posted: unknown,
  ): FixtureResponse | undefined {
    const query = searchParams.get('query') ?? '';
    if (pathname === '/prometheus/api/v1/alerts') return success({ alerts: this.#groups().flatMap(alertsOf) });
    if (pathname === '/prometheus/api/v1/rules') return success({ groups: this.#groups() });
    if (this.mode === 'none') return undefined;
    if (pathname === '/prometheus/api/v1/query_range' && query.includes('ALERTS'))
      return success({ resultType: 'matrix', result: pastOf(searchParams) });
    if (pathname === '/prometheus/api/v1/query_range' && query.includes('http_p95'))
      return success({ resultType: 'matrix', result: valuesOf(searchParams) });
    if (pathname === '/api/v1/alerting/deliveries') return { status: 200, body: deliveries() };
    if (pathname === '/api/v1/alerting/slos') return { status: 200, body: slos() };
    if (pathname === '/api/v1/alerting/try') return triedRules(posted as TriedRequest);
    if (!pathname.startsWith('/alertmanager/api/v2/')) return undefined;
    if (method !== 'GET') {
      if (authorization !== `Bearer ${FIXTURE_TOKEN}`)
        return { status: 401, body: JSON.stringify('expected the token') };
      return this.#write(method, pathname, posted);
    }
    if (pathname.endsWith('/silences')) return { status: 200, body: this.#allSilences() };
    if (pathname.endsWith('/alerts')) return { status: 200, body: this.#notified() };
    if (pathname.endsWith('/status')) return { status: 200, body: { config: { original: CONFIG } } };
    return undefined;
  }

  #write(method: string, pathname: string, posted: unknown): FixtureResponse {
    if (method === 'DELETE') {
      const silence = this.#silences.find(({ id }) => pathname.endsWith(`/${id}`));
      if (silence === undefined) return { status: 404, body: {} };
      silence.status = { state: 'expired' };
      return { status: 200, body: {} };
    }
    const id = `silence-${this.#silences.length + 1}`;
    this.#silences.push({ ...(posted as object), id, status: { state: 'active' } } as Silence);
    return { status: 200, body: { silenceID: id } };
  }

  #allSilences(): readonly object[] {
    const now = Date.now();
    return [
      ...this.#silences,
      {
        id: 'planned',
        status: { state: 'pending' },
        comment: 'stock count',
        createdBy: 'dev-1',
        startsAt: new Date(now + 3_600_000).toISOString(),
        endsAt: new Date(now + 7_200_000).toISOString(),
        matchers: [{ name: 'service', value: 'catalog|stock', isRegex: true, isEqual: true }],
      },
    ];
  }

  #notified(): readonly object[] {
    const isSilenced = this.#silences.some(({ status }) => status.state === 'active');
    return this.#groups()
      .flatMap(alertsOf)
      .filter(({ state }) => state === 'firing')
      .map(({ labels }) => {
        const silencedBy = labels['alertname'] === 'RecommendationStale' || isSilenced ? ['1'] : [];
        const state = silencedBy.length > 0 ? 'suppressed' : 'active';
        return { labels, startsAt: '', status: { state, silencedBy, inhibitedBy: [], mutedBy: [] } };
      });
  }

  #groups(): readonly Group[] {
    if (this.mode === 'none') return [];
    const groups = [shopRules()];
    return this.mode === 'many' ? [...groups, manyRules()] : groups;
  }
}

interface Group {
  readonly rules: readonly { readonly alerts?: readonly AlertJson[] }[];
  readonly [field: string]: unknown;
}

interface AlertJson {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: string;
  readonly [field: string]: unknown;
}

function alertsOf({ rules }: Group): readonly AlertJson[] {
  return rules.flatMap(({ alerts = [] }) => alerts);
}

function alert(
  name: string,
  state: string,
  value: string,
  minutes: number,
  labels: Readonly<Record<string, string>>,
): AlertJson {
  return {
    labels: { alertname: name, severity: 'page', ...labels },
    annotations: { summary: `95 % of the requests of ${labels['service'] ?? 'a service'} take up to ${value} s` },
    state,
    activeAt: new Date(Date.now() - minutes * 60_000).toISOString(),
    value,
  };
}

function rule(name: string, query: string, state: string, alerts: readonly AlertJson[], more: object = {}): object {
  return {
    ...{
      type: 'alerting',
      name,
      query,
      duration: 300,
      keepFiringFor: 0,
      labels: { severity: 'page' },
      annotations: {},
    },
    ...{ alerts, health: 'ok', evaluationTime: 0.001, lastEvaluation: new Date().toISOString(), state },
    ...more,
  };
}

function group(name: string, rules: readonly object[]): Group {
  return {
    ...{ name, file: 'rules/shop.yml', interval: 15, limit: 0, evaluationTime: 0.004 },
    lastEvaluation: new Date().toISOString(),
    rules: rules as Group['rules'],
  };
}

function shopRules(): Group {
  return group('shop', [
    rule('CheckoutSlow', 'http_p95{service="checkout"} > 0.5', 'firing', [
      alert('CheckoutSlow', 'firing', '2.79e+00', 9, { service: 'checkout' }),
    ]),
    rule('QueueGrows', 'otelcol_exporter_queue_size > 100', 'pending', [
      alert('QueueGrows', 'pending', '1.2e+01', 7, {}),
    ]),
    rule('RecommendationStale', 'model_age_seconds > 86400', 'firing', [
      alert('RecommendationStale', 'firing', '6.1e+01', 2880, { service: 'recommendation' }),
    ]),
    rule('Broken', 'rate(http_requests_total[5m)', 'unknown', [], {
      health: 'err',
      lastError:
        '1:28: parse error: unexpected right parenthesis ")" in subquery or range selector, expected right bracket',
    }),
    rule('CartErrors', '{resource.service.name = "cart" && status = error} | count() > 5', 'inactive', [], {
      language: 'traceql',
    }),
    { type: 'recording', name: 'job:requests:rate5m', query: 'rate(x[5m])', health: 'ok', evaluationTime: 0.001 },
  ]);
}

function manyRules(): Group {
  const hostile = [
    '<img src=x onerror="window.hacked=1">',
    '\u202Egnp.exe',
    'x'.repeat(5000),
    '"quoted"\n{newline}',
    '',
  ];
  const alerts = Array.from({ length: 1000 }, (_, index) =>
    alert('Many', 'firing', index % 3 === 0 ? 'NaN' : `${index}`, index, { pod: `${hostile[index % 5]}${index}` }),
  );
  const rules = Array.from({ length: 600 }, (_, index) =>
    rule(`${hostile[index % 3]} ${index}`, 'up == 0', 'inactive', []),
  );
  return group('many', [rule('Many', 'up == 0', 'firing', alerts), ...rules]);
}

function steps(params: URLSearchParams): readonly number[] {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(params.get(name)));
  return Array.from(
    { length: Math.floor(((end ?? 0) - (start ?? 0)) / (step ?? 1)) + 1 },
    (_, index) => (start ?? 0) + index * (step ?? 1),
  );
}

function pastOf(params: URLSearchParams): readonly object[] {
  const all = steps(params);
  const part = (from: number, to: number) =>
    all.slice(Math.floor(all.length * from), Math.floor(all.length * to)).map((second) => [second, '1']);
  const past = (alertname: string, alertstate: string, values: object) => ({
    metric: { alertname, alertstate, severity: 'page' },
    values,
  });
  return [
    past('CheckoutSlow', 'pending', part(0.5, 0.66)),
    past('CheckoutSlow', 'firing', part(0.66, 1)),
    past('CheckoutSlow', 'firing', part(0.1, 0.15)),
    past('QueueGrows', 'pending', part(0.8, 1)),
    past('RecommendationStale', 'firing', part(0, 1)),
  ];
}

function valuesOf(params: URLSearchParams): readonly object[] {
  const all = steps(params);
  const values = all.map((second, index) => [
    second,
    String(index < all.length / 2 ? 0.2 : 0.2 + (index / all.length - 0.5) * 5),
  ]);
  return [{ metric: { __name__: 'http_p95', service: 'checkout' }, values }];
}

function deliveries(): object {
  const now = Date.now();
  const pending = {
    ...{ id: '1', integration: 'team/pagerduty[0]', groupKey: '{}:{alertname="CheckoutSlow"}', alerts: 1, attempts: 4 },
    ...{ lastError: 'the server responds with 502', enqueuedAtMs: now - 60_000, nextAttemptAtMs: now + 8000 },
    isOutcomeUnknown: false,
  };
  const failed = {
    ...{ integration: 'team/slack[0]', groupKey: '{}:{alertname="QueueGrows"}', alerts: 2 },
    ...{ error: '404: channel_not_found', failedAtMs: now - 90_000 },
  };
  return { pending: [pending], failed: [failed] };
}

interface TriedRequest {
  readonly rules: string;
  readonly start: number;
  readonly end: number;
}

function triedRules({ rules, start, end }: TriedRequest): FixtureResponse {
  if (!rules.includes('alert:')) {
    const message = '1:1: expected either "record" or "alert", got neither';
    return { status: 400, body: { error: { code: 'bad_request', message } } };
  }
  const middle = (start + end) / 2;
  const firing = {
    labels: { alertname: 'CheckoutSlow', service: 'checkout' },
    ...{ annotations: {}, value: 0.75, activeAtMillis: middle - 60_000, firedAtMillis: middle },
  };
  const tried = { name: 'CheckoutSlow', firings: [firing], firingCount: 1, pendingCount: 2, series: 3 };
  return {
    status: 200,
    body: { startMillis: start, endMillis: end, stepMillis: 60_000, evaluations: 31, rules: [tried] },
  };
}

function slos(): object {
  const burnRates = [
    { windowMillis: 300_000, burnRate: 86, limit: 14.4 },
    { windowMillis: 3_600_000, burnRate: 23, limit: 14.4 },
    { windowMillis: 259_200_000, burnRate: 0.9, limit: 1 },
  ];
  const slo = {
    name: 'payment charges',
    objective: 0.999,
    windowMillis: 2_592_000_000,
    ratio: 0.99956,
    budgetLeft: 0.56,
  };
  return { slos: [{ ...slo, burnRates, firing: ['page'], labels: {} }] };
}

const CONFIG = `route:
  receiver: team
time_intervals:
  - name: stock count
    time_intervals:
      - weekdays: [wednesday]
        times: [{ start_time: '02:00', end_time: '04:00' }]
receivers:
  - name: team
`;

function success(data: object): FixtureResponse {
  return { status: 200, body: { status: 'success', data } };
}
