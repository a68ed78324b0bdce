import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Alert } from './alert.ts';
import { start } from './alerting.testing.ts';
import { handleAlertmanager } from './notify/index.ts';
import { createMatcher } from './notify/matching/matcher.ts';
import { createNotifierBench, labelled, webhookConfig } from './notify/notifier.testing.ts';
import { notifierOf } from './notify/of-tenant.ts';
import { parseRuleFile } from './rules/rule-file.ts';
import { parseSlos } from './slo/parse-slos.ts';
import { TENANT_LABEL } from './tenant-label.ts';

const rulesOf = (tenant: string, labels = '{}') => `
  - name: of-${tenant}
    tenant: ${tenant}
    interval: 15s
    rules:
      - { record: seen, expr: 'sum(up)' }
      - { alert: Down, expr: up == 0, labels: ${labels} }
`;

const told = (alerts: readonly Alert[]) =>
  alerts.map(({ labels: { instance, [TENANT_LABEL]: tenant }, state }) => `${instance} of ${tenant} ${state}`).sort();

test('rules read only telemetry of their tenant, in memory and in the store, and write only for it', async (t) => {
  // A rule cannot name another tenant by a label.
  const rules = `groups:${rulesOf('acme')}${rulesOf('umbra')}${rulesOf('default', `{ ${TENANT_LABEL}: acme }`)}`;
  const setup = await start(t, { rules });
  const up = async () => {
    await setup.gauges('up', { a: 0, a2: 3 }, { tenant: 'acme' });
    await setup.gauges('up', { u: 0 }, { tenant: 'umbra' });
    await setup.gauges('up', { d: 0, d2: 7 });
  };
  await up();
  await setup.advance(15_000);
  await setup.until(() => setup.sent.length >= 3);
  assert.deepEqual(told(setup.sent.splice(0)), ['a of acme firing', 'd of undefined firing', 'u of umbra firing']);
  const seen = async (tenant: string) => {
    const range = { tenant, start: 0n, end: 10n ** 19n, name: 'seen' };
    const { series } = await setup.store.metricSeries({
      ...{ ...range, conditions: [], groupBy: [], aggregate: 'last', steps: 1, limit: 5 },
    });
    return series.map(({ values }) => values.at(-1));
  };
  assert.deepEqual([await seen('acme'), await seen('umbra'), await seen('default')], [[3], [0], [7]]);

  // The state of a group does not continue for another tenant.
  await setup.reload(`groups:${rulesOf('acme').replace('tenant: acme', 'tenant: other')}`);
  assert.deepEqual(told(setup.sent.splice(0)), [
    'a of acme resolved',
    'd of undefined resolved',
    'u of umbra resolved',
  ]);
  await setup.advance(15_000);
  assert.deepEqual(setup.sent, []);
  assert.deepEqual(setup.warnings, []);
});

test('groups of rules and SLOs name tenants, and mistakes are explained', () => {
  const parsed = parseRuleFile(`groups:${rulesOf('acme')}`);
  assert.deepEqual(parsed.ok && parsed.groups.map(({ tenant }) => tenant), ['acme']);
  const wrong = parseRuleFile(`groups:${rulesOf('"../x"')}`);
  assert.match(JSON.stringify(wrong), /tenant.*expected a name of/);
  const slo = { name: 'a', objective: 99, service: 'shop' };
  const { slos, errors } = parseSlos([slo, { ...slo, name: 'b', tenant: 'acme' }, { ...slo, name: 'c', tenant: '' }]);
  assert.deepEqual(
    slos.map(({ tenant }) => tenant),
    ['default', 'acme'],
  );
  assert.match(errors[0]?.message ?? '', /expected a name of/);
});

test('a client of one tenant sees and silences only its own alerts, and alerts of tenants are told apart', async (t) => {
  const bench = await createNotifierBench(t, (url) =>
    webhookConfig(url, {
      rest: 'inhibit_rules:\n  - { source_matchers: [severity=critical], target_matchers: [severity=warning] }',
    }),
  );
  const of = (tenant: string) => ({ [TENANT_LABEL]: tenant });
  bench.receive(
    labelled('Down', { severity: 'critical', ...of('umbra') }),
    labelled('Down', { severity: 'warning', ...of('acme') }),
    labelled('Down', { severity: 'warning' }),
  );
  const ask = async (tenant: string | undefined, path: string, body?: unknown, method = body ? 'POST' : 'GET') => {
    const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const request = new Request(`http://localhost/alertmanager/api/v2${path}`, init);
    const response = await handleAlertmanager(request, bench.notifier, bench.clock.now(), tenant);
    const text = await response.text();
    return { status: response.status, text, json: text === '' ? undefined : JSON.parse(text) };
  };
  const seen = async (tenant?: string) =>
    (await ask(tenant, '/alerts')).json.map(
      ({ labels, status }: { labels: Record<string, string>; status: { state: string } }) =>
        `${labels[TENANT_LABEL] ?? 'default'} ${status.state}`,
    );
  // The alert of umbra would suppress the others if they were of one tenant.
  assert.deepEqual((await seen()).sort(), ['acme active', 'default active', 'umbra active']);
  assert.deepEqual([await seen('acme'), await seen('default')], [['acme active'], ['default active']]);
  assert.equal((await ask('acme', '/alerts/groups')).json.length, 1);

  const endsAt = new Date(bench.clock.now() + 3_600_000).toISOString();
  const matcher = (name: string, value: string) => ({ name, value, isRegex: true, isEqual: true });
  const silence = { startsAt: new Date(bench.clock.now()).toISOString(), endsAt, createdBy: 'x', comment: 'x' };
  const matchers = [matcher('alertname', '.+'), matcher(TENANT_LABEL, '.*')];
  const { json: created } = await ask('acme', '/silences', { ...silence, matchers });
  assert.deepEqual((await seen()).sort(), ['acme suppressed', 'default active', 'umbra active']);
  const { json: own } = await ask('default', '/silences', { ...silence, matchers });
  assert.deepEqual((await seen()).sort(), ['acme suppressed', 'default suppressed', 'umbra active']);
  for (const [path, body, method] of [
    [`/silence/${created.silenceID}`, undefined, 'GET'],
    [`/silence/${created.silenceID}`, undefined, 'DELETE'],
    ['/silences', { ...silence, id: created.silenceID, matchers }, 'POST'],
  ] as const) {
    assert.equal((await ask('umbra', path, body, method)).status, 404, `${method} ${path}`);
    assert.equal((await ask('default', path, body, method)).status, 404, `${method} ${path}`);
  }
  assert.equal((await ask('umbra', '/silences')).text, '[]');
  assert.equal((await ask('default', `/silence/${own.silenceID}`, undefined, 'DELETE')).status, 200);
  assert.equal((await ask('umbra', '/status')).json.config.original, '');

  // Alerts that a client posts are of its tenant, whatever they say.
  const posted = [{ labels: { alertname: 'Posted', ...of('umbra') } }];
  assert.equal((await ask('acme', '/alerts', posted)).status, 200);
  assert.equal((await ask('umbra', '/alerts')).text.includes('Posted'), false);
  await bench.advance(31_000);
  for (const { alerts } of bench.payloads())
    assert.equal(new Set(alerts.map(({ labels }) => labels[TENANT_LABEL])).size, 1, JSON.stringify(alerts));
});

test('forgets alerts, notifications and silences of a tenant, and nothing of others', async (t) => {
  const bench = await createNotifierBench(t, (url) => webhookConfig(url));
  const of = (tenant: string) => ({ [TENANT_LABEL]: tenant });
  bench.receive(labelled('Down', of('acme')), labelled('Down', of('umbra')), labelled('Slow', of('acme')));
  const times = {
    startsAtMs: bench.clock.now(),
    endsAtMs: bench.clock.now() + 3_600_000,
    createdBy: 'x',
    comment: 'x',
  };
  for (const tenant of ['acme', 'umbra']) {
    const matchers = [createMatcher('alertname', '=', 'Down')];
    await notifierOf(bench.notifier, tenant).silences.create({ ...times, matchers, annotations: {} });
  }
  await bench.notifier.removeTenant('acme');
  const tenants = () => bench.notifier.alerts().map(({ alert }) => alert.labels[TENANT_LABEL]);
  assert.deepEqual(tenants(), ['umbra']);
  assert.equal(bench.notifier.silences.list().length, 1);
  assert.equal(notifierOf(bench.notifier, 'umbra').silences.list().length, 1);
  assert.deepEqual(filesWith(bench.directory, 'acme'), []);
  assert.ok(filesWith(bench.directory, 'umbra').length > 0);
});

test('forgets the alerts of the rules of a tenant, and evaluates them again', async (t) => {
  const setup = await start(t, { rules: `groups:${rulesOf('acme')}${rulesOf('umbra')}` });
  const gauges = async () => {
    await setup.gauges('up', { a: 0 }, { tenant: 'acme' });
    await setup.gauges('up', { u: 0 }, { tenant: 'umbra' });
  };
  await gauges();
  await setup.advance(15_000);
  await setup.until(() => setup.sent.length >= 2);
  await setup.alerting.removeTenant('acme');
  assert.deepEqual(
    setup.alerting.alerts().map(({ labels }) => labels['instance']),
    ['u'],
  );
  assert.deepEqual(filesWith(setup.directory, 'acme'), []);
});

/** Returns the files below a directory that contain a text. */
function filesWith(directory: string, text: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() && readFileSync(path).includes(text) ? [path] : [];
  });
}
