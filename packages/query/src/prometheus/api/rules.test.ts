import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testGraph, testStatus } from '@otelier/testkit/memory-api';
import { createApi } from '../../http/create-api.ts';
import type { RuleGroupView, RuleView } from './rules-view.ts';

const AT = Date.parse('2026-11-30T10:00:00.500Z');
const RULE: RuleView = {
  kind: 'alerting',
  name: 'Down',
  query: 'up == 0',
  labels: { severity: 'page' },
  health: 'ok',
  lastError: undefined,
  evaluatedAt: AT,
  evaluationMillis: 1.5,
  forMillis: 120_000,
  keepFiringForMillis: 60_000,
  annotations: { summary: '{{ $labels.instance }}' },
  alerts: [
    {
      labels: { alertname: 'Down', severity: 'page' },
      annotations: { summary: 'a' },
      state: 'firing',
      activeAt: AT,
      keepFiringSince: AT,
      value: 0.05,
    },
    {
      labels: { alertname: 'Down' },
      annotations: {},
      state: 'pending',
      activeAt: AT,
      keepFiringSince: undefined,
      value: Number.POSITIVE_INFINITY,
    },
  ],
};
const RECORDING: RuleView = {
  ...RULE,
  kind: 'recording',
  name: 'job:up:sum',
  query: 'sum by (job) (up)',
  labels: {},
  health: 'err',
  lastError: 'found duplicate series',
  alerts: [],
};
const group = (name: string, file: string, rules: readonly RuleView[]): RuleGroupView => ({
  ...{ name, file, tenant: 'default', rules, intervalMillis: 15_000, limit: 0, evaluatedAt: AT, evaluationMillis: 2 },
});
const GROUPS = [
  group('b', 'x.yml', [RECORDING]),
  group('a', 'x.yml', [RULE, RECORDING]),
  group('c', 'a.yml', [{ ...RULE, name: 'Other', alerts: [], health: 'unknown', evaluatedAt: undefined }]),
];

const api = createApi({
  store: () => undefined,
  graph: () => testGraph,
  status: () => testStatus,
  subscribeLogs: () => () => undefined,
  rules: () => ({ groups: () => GROUPS }),
});

async function get(path: string): Promise<{
  status: number;
  body: { data: { groups: { name: string; rules: object[] }[]; groupNextToken?: string }; error?: string };
}> {
  const response = await api.fetch(
    new Request(`http://127.0.0.1/prometheus/api/v1/${path}`, { headers: { host: 'localhost' } }),
  );
  return { status: response.status, body: await response.json() };
}

test('rules have the form of Prometheus, sorted by file and name', async () => {
  const { body } = await get('rules');
  assert.deepEqual(
    body.data.groups.map(({ name }) => name),
    ['c', 'a', 'b'],
  );
  assert.deepEqual(body.data.groups[1], {
    name: 'a',
    file: 'x.yml',
    rules: [
      {
        state: 'firing',
        name: 'Down',
        query: 'up == 0',
        duration: 120,
        keepFiringFor: 60,
        labels: { severity: 'page' },
        annotations: { summary: '{{ $labels.instance }}' },
        alerts: [
          {
            labels: { alertname: 'Down', severity: 'page' },
            annotations: { summary: 'a' },
            state: 'firing',
            activeAt: '2026-11-30T10:00:00.5Z',
            keepFiringSince: '2026-11-30T10:00:00.5Z',
            value: '5e-02',
          },
          {
            labels: { alertname: 'Down' },
            annotations: {},
            state: 'pending',
            activeAt: '2026-11-30T10:00:00.5Z',
            value: '+Inf',
          },
        ],
        health: 'ok',
        evaluationTime: 0.0015,
        lastEvaluation: '2026-11-30T10:00:00.5Z',
        type: 'alerting',
      },
      {
        name: 'job:up:sum',
        query: 'sum by (job) (up)',
        labels: {},
        health: 'err',
        lastError: 'found duplicate series',
        evaluationTime: 0.0015,
        lastEvaluation: '2026-11-30T10:00:00.5Z',
        type: 'recording',
      },
    ],
    interval: 15,
    limit: 0,
    evaluationTime: 0.002,
    lastEvaluation: '2026-11-30T10:00:00.5Z',
  });
  assert.partialDeepStrictEqual(body.data.groups[0]?.rules[0], {
    state: 'unknown',
    health: 'unknown',
    lastEvaluation: '0001-01-01T00:00:00Z',
    alerts: [],
  });
});

test('rules are filtered and paged', async () => {
  const named = async (query: string) =>
    (await get(`rules?${query}`)).body.data.groups.map(({ name, rules }) => `${name}:${rules.length}`);
  assert.deepEqual(await named('type=alert'), ['c:1', 'a:1']);
  assert.deepEqual(await named('type=record'), ['a:1', 'b:1']);
  assert.deepEqual(await named('rule_name[]=Down&rule_name[]=Other'), ['c:1', 'a:1']);
  assert.deepEqual(await named('rule_group[]=b'), ['b:1']);
  assert.deepEqual(await named('file[]=a.yml'), ['c:1']);
  assert.deepEqual(await named('match[]={severity="page"}'), ['c:1', 'a:1']);
  const first = await get('rules?group_limit=2');
  assert.deepEqual(
    first.body.data.groups.map(({ name }) => name),
    ['c', 'a'],
  );
  const token = first.body.data.groupNextToken ?? '';
  assert.match(token, /^[0-9a-f]{64}$/);
  assert.deepEqual(await named(`group_limit=2&group_next_token=${token}`), ['b:1']);
  const { body } = await get('rules?exclude_alerts=true');
  assert.partialDeepStrictEqual(body.data.groups[1]?.rules[0], { alerts: null });
});

test('rejects parameters as Prometheus does', async () => {
  for (const [query, expected] of [
    ['type=x', /invalid parameter "type": not supported value "x"/],
    ['exclude_alerts=maybe', /invalid parameter "exclude_alerts"/],
    ['group_limit=0', /group_limit needs to be greater than 0/],
    ['group_limit=x', /group_limit needs to be a valid number/],
    ['group_next_token=x', /group_limit needs to be present in order to paginate over the groups/],
    ['group_limit=1&group_next_token=x', /invalid group_next_token 'x'\. were rule groups changed\?/],
  ] as const) {
    const { status, body } = await get(`rules?${query}`);
    assert.equal(status, 400, query);
    assert.match(body.error ?? '', expected);
  }
});

test('alerts are those of all rules', async () => {
  const { body } = await get('alerts');
  assert.deepEqual(
    (body.data as unknown as { alerts: { state: string }[] }).alerts.map(({ state }) => state),
    ['firing', 'pending'],
  );
});
