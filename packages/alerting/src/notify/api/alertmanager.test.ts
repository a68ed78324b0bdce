import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNotifierBench, labelled, type NotifierBench, webhookConfig } from '../notifier.testing.ts';
import { handleAlertmanager } from './handle-alertmanager.ts';

/** Sends a request and returns the status and the JSON. */
async function ask(
  { notifier, clock }: NotifierBench,
  path: string,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
) {
  const init =
    body === undefined ? { method } : { method, body: typeof body === 'string' ? body : JSON.stringify(body) };
  const request = new Request(`http://localhost/alertmanager/api/v2${path}`, init);
  const response = await handleAlertmanager(request, notifier, clock.now());
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}

const matcher = (name: string, value: string) => ({ name, value, isRegex: false, isEqual: true });
const times = ({ clock }: NotifierBench, minutes = 60) => ({
  startsAt: new Date(clock.now()).toISOString(),
  endsAt: new Date(clock.now() + minutes * 60_000).toISOString(),
});

test('lists alerts with what suppresses them, and filters them', async (t) => {
  const bench = await createNotifierBench(t, (url) =>
    webhookConfig(url, {
      rest: `inhibit_rules:
  - { source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [region] }`,
    }),
  );
  bench.receive(
    labelled('Down', { severity: 'critical', region: 'eu' }),
    labelled('Slow', { severity: 'warning', region: 'eu' }),
    labelled('Slow', { severity: 'warning', region: 'us' }),
  );
  const silence = { matchers: [matcher('region', 'us')], ...times(bench), createdBy: 'me', comment: 'maintenance' };
  const { json: created } = await ask(bench, '/silences', silence);
  const names = async (query: string) => {
    const { status, json } = await ask(bench, `/alerts?${query}`);
    assert.equal(status, 200, JSON.stringify(json));
    return json.map(({ labels }: { labels: Record<string, string> }) => `${labels.alertname} ${labels.region}`).sort();
  };
  assert.deepEqual(await names(''), ['Down eu', 'Slow eu', 'Slow us']);
  assert.deepEqual(await names('silenced=false'), ['Down eu', 'Slow eu']);
  assert.deepEqual(await names('inhibited=false'), ['Down eu', 'Slow us']);
  assert.deepEqual(await names('active=false'), ['Slow eu', 'Slow us']);
  assert.deepEqual(await names('filter=region%3D~"e."&filter=severity!=critical'), ['Slow eu']);
  assert.deepEqual(await names('receiver=ho.k'), ['Down eu', 'Slow eu', 'Slow us']);
  assert.deepEqual(await names('receiver=other'), []);
  const { json: alerts } = await ask(bench, '/alerts?filter=region%3Dus');
  const { status, receivers, startsAt } = alerts[0];
  assert.deepEqual(status, { inhibitedBy: [], mutedBy: [], silencedBy: [created.silenceID], state: 'suppressed' });
  assert.deepEqual([receivers, startsAt], [[{ name: 'hook' }], '2026-12-01T12:00:00.000Z']);
  const { json: groups } = await ask(bench, '/alerts/groups?filter=alertname%3DSlow');
  assert.deepEqual(
    groups.map(({ labels, alerts: inside }: { labels: unknown; alerts: unknown[] }) => [labels, inside.length]),
    [[{ alertname: 'Slow' }, 2]],
  );
});

test('creates, changes and expires silences, which survive a crash and are removed after a time', async (t) => {
  const bench = await createNotifierBench(t, (url) => webhookConfig(url));
  const posted = { matchers: [matcher('alertname', 'Down')], ...times(bench), createdBy: 'me', comment: 'x' };
  const { json: created } = await ask(bench, '/silences', posted);
  const longer = { ...posted, id: created.silenceID, ...times(bench, 120) };
  assert.equal((await ask(bench, '/silences', longer)).json.silenceID, created.silenceID);
  // Other matchers would rewrite the past: the old silence ends, and another one begins.
  const other = { ...longer, matchers: [matcher('alertname', 'Slow')] };
  const { json: replaced } = await ask(bench, '/silences', other);
  assert.notEqual(replaced.silenceID, created.silenceID);
  await bench.restart({ crashes: true });
  bench.receive(labelled('Down'), labelled('Slow'));
  await bench.advance(31_000);
  assert.deepEqual(
    bench.payloads().map(({ groupLabels }) => groupLabels.alertname),
    ['Down'],
  );
  const states = async () =>
    (await ask(bench, '/silences')).json.map((silence: { status: { state: string } }) => silence.status.state);
  assert.deepEqual(await states(), ['active', 'expired']);
  assert.equal((await ask(bench, `/silence/${replaced.silenceID}`, undefined, 'DELETE')).status, 200);
  assert.deepEqual(await states(), ['expired', 'expired']);
  bench.clock.jump(121 * 3_600_000);
  assert.deepEqual(await states(), []);
  assert.equal((await ask(bench, `/silence/${replaced.silenceID}`)).status, 404);
});

test('takes alerts of clients, also if some are invalid', async (t) => {
  const bench = await createNotifierBench(t, (url) => webhookConfig(url));
  const { status, json } = await ask(bench, '/alerts', [{ labels: { alertname: 'Down', empty: '' } }, { labels: {} }]);
  assert.deepEqual([status, json], [400, 'alerts[1]: at least one label pair required']);
  await bench.advance(31_000);
  assert.deepEqual(bench.payloads()[0]?.alerts[0]?.labels, { alertname: 'Down' });
});

test('describes itself without secrets', async (t) => {
  const bench = await createNotifierBench(t, (url) =>
    webhookConfig(url, { webhook: 'http_config: { bearer_token: s3cret }' }),
  );
  const { json } = await ask(bench, '/status');
  assert.deepEqual(json.cluster, { status: 'disabled', peers: [] });
  assert.match(json.config.original, /bearer_token: <secret>/);
  assert.doesNotMatch(JSON.stringify(json), /s3cret|\/hook"/);
  assert.deepEqual((await ask(bench, '/receivers')).json, [{ name: 'hook', labels: { name: 'hook' } }]);
});

test('rejects what it cannot take, with the place', async (t) => {
  const bench = await createNotifierBench(t, (url) => webhookConfig(url));
  const silence = { matchers: [matcher('a', 'b')], ...times(bench), createdBy: 'me', comment: '' };
  const cases: readonly (readonly [path: string, body: unknown, status: number, message: RegExp, method?: string])[] = [
    ['/alerts?filter={', undefined, 400, /expected a matcher/],
    ['/alerts?filter=a=~"("', undefined, 400, /./],
    ['/alerts?receiver=(', undefined, 400, /receiver param/],
    ['/alerts?active=perhaps', undefined, 422, /active in query must be of type boolean/],
    ['/alerts', '{', 400, /parsing alerts body/],
    ['/alerts', [{ labels: { a: 1 } }], 422, /alerts\[0\]\.labels\.a in body/],
    ['/alerts', [{ labels: { a: 'b' }, startsAt: 'now' }], 422, /expected a time such as/],
    ['/silences', { ...silence, matchers: [] }, 422, /silence\.matchers in body/],
    ['/silences', { ...silence, matchers: [matcher('a', '')] }, 400, /does not match an empty value/],
    [
      '/silences',
      { ...silence, matchers: [{ ...matcher('a', '('), isRegex: true }] },
      400,
      /invalid regular expression/,
    ],
    ['/silences', { ...silence, endsAt: silence.startsAt }, 400, /start time must be before end time/],
    ['/silences', { ...silence, id: '00000000-0000-4000-8000-00000000ffff' }, 404, /not found/],
    ['/silences', { ...silence, comment: 'x'.repeat(20_000) }, 400, /at most 16384 bytes/],
    ['/silence/none', undefined, 422, /must be of type uuid/],
    ['/silence/00000000-0000-4000-8000-00000000ffff', undefined, 404, /not found/, 'DELETE'],
    ['/none', undefined, 404, /was not found/],
    ['/status', {}, 405, /POST is not allowed/],
  ];
  for (const [path, body, status, message, method] of cases) {
    const response = await ask(bench, path, body, method);
    assert.equal(response.status, status, `${path}: ${JSON.stringify(response.json)}`);
    assert.match(JSON.stringify(response.json), message);
  }
});
