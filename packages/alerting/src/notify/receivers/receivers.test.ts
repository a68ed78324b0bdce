import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificates } from '@otelier/testkit/certificates';
import { createNotifierBench, labelled, type NotifierBench, receiverConfig } from '../notifier.testing.ts';
import { startSmtpServer } from './smtp-server.testing.ts';

const down = { ...labelled('Down', { instance: 'a' }), annotations: { summary: 'a is down' } };

/** Sends one alert and returns the requests. */
async function sendOne(bench: NotifierBench) {
  bench.receive(down);
  await bench.advance(31_000);
  return bench.requests.map(({ url, headers, text }) => ({
    url,
    headers,
    body: JSON.parse(text) as Record<string, unknown>,
  }));
}

test('posts a message to Slack with the default templates, and marks a repeated one', async (t) => {
  const bench = await createNotifierBench(t, (url) =>
    receiverConfig(`slack_configs: [{ api_url: ${url}/services/T0/B0/key, channel: '#ops', send_resolved: true }]`),
  );
  bench.response = { status: 502 };
  await sendOne(bench);
  bench.response = { body: 'ok' };
  await bench.advance(10_000);
  const [first, second] = bench.requests.map(({ text }) => JSON.parse(text));
  const expected = {
    channel: '#ops',
    username: 'otelier',
    attachments: [
      {
        title: '[FIRING:1] Down (a)',
        title_link: 'http://otelier.example/alerts?receiver=team',
        text: '',
        fallback: '[FIRING:1] Down (a) | http://otelier.example/alerts?receiver=team',
        callback_id: '',
        footer: '',
        color: 'danger',
        mrkdwn_in: ['fallback', 'pretext', 'text'],
      },
    ],
  };
  assert.deepEqual(first, expected);
  const footer = 'Repeated: the outcome of an earlier attempt is unknown';
  assert.deepEqual(second, { ...expected, attachments: [{ ...expected.attachments[0], footer }] });
});

test('shows what Slack refuses, and no secret', async (t) => {
  const bench = await createNotifierBench(t, (url) =>
    receiverConfig(`slack_configs: [{ api_url: ${url}/services/T0/B0/key, channel: '#ops' }]`),
  );
  bench.response = { body: `no_service at ${bench.url}/services/T0/B0/key` };
  await sendOne(bench);
  const [failed] = bench.notifier.deliveries().failed;
  assert.equal(failed?.error, 'Slack responded: no_service at <secret>');
  const state = readdirSync(join(bench.directory, 'groups'))
    .map((name) => readFileSync(join(bench.directory, 'groups', name), 'utf8'))
    .join('');
  assert.match(state, /team\/slack\[0\]/);
  for (const text of [state, JSON.stringify(bench.events), bench.notifier.config.original]) {
    assert.doesNotMatch(text, /B0\/key/);
  }
  // The refused notification is not attempted again while nothing changes.
  bench.receive(down);
  await bench.advance(600_000);
  assert.equal(bench.requests.length, 1);
});

test('sends events to PagerDuty with one deduplication key for trigger and resolve', async (t) => {
  const bench = await createNotifierBench(t, (url) =>
    receiverConfig(
      `pagerduty_configs: [{ routing_key: 0123456789abcdef, url: ${url}/v2/enqueue, severity: '{{ .CommonLabels.severity }}', links: [{ href: http://runbook, text: Runbook }] }]`,
    ),
  );
  bench.response = { status: 202 };
  const [trigger] = await sendOne(bench);
  bench.receive({ ...down, state: 'resolved', endsAtMs: bench.clock.now() });
  await bench.advance(310_000);
  const resolve = JSON.parse(bench.requests[1]?.text ?? '{}');
  assert.equal(trigger?.body.event_action, 'trigger');
  assert.equal(resolve.event_action, 'resolve');
  assert.equal(resolve.dedup_key, trigger?.body.dedup_key);
  const body = (trigger?.body ?? {}) as { payload: Record<string, unknown>; dedup_key: string };
  const { payload, ...event } = body;
  assert.deepEqual(
    { ...event, dedup_key: event.dedup_key.length },
    {
      routing_key: '0123456789abcdef',
      dedup_key: 64,
      event_action: 'trigger',
      client: 'otelier',
      client_url: 'http://otelier.example/alerts?receiver=team',
      images: [],
      links: [{ href: 'http://runbook', text: 'Runbook' }],
    },
  );
  assert.equal(payload.summary, '[FIRING:1] Down (a)');
  const details = payload.custom_details as Record<string, unknown>;
  assert.equal(details.num_firing, 1);
  assert.deepEqual(details.resolved, []);
  assert.equal((details.firing as { labels: { instance: string } }[])[0]?.labels.instance, 'a');
});

test('posts an adaptive card to Teams', async (t) => {
  const bench = await createNotifierBench(t, (url) =>
    receiverConfig(`msteamsv2_configs: [{ webhook_url: ${url}/workflow }]`),
  );
  const [request] = await sendOne(bench);
  const { attachments } = (request?.body ?? {}) as {
    attachments: { content: { body: { text: string; color?: string }[] } }[];
  };
  const [title, text] = attachments[0]?.content.body ?? [];
  assert.deepEqual([title?.text, title?.color], ['[FIRING:1] Down (a)', 'Attention']);
  assert.match(text?.text ?? '', /# Alerts Firing:\n\nLabels:\n {2}- alertname = Down\n {2}- instance = a/);
});

test('posts a payload of the configuration, in which texts are templates, with credentials and headers', async (t) => {
  const bench = await createNotifierBench(t, (url) =>
    receiverConfig(`webhook_configs:
      - url: '${url}/{{ .CommonLabels.instance }}'
        http_config:
          basic_auth: { username: user, password_file: password }
          http_headers: { X-Team: { values: [ops] } }
        payload: { title: '{{ .CommonLabels.alertname }}', count: '{{ len .Alerts }}', list: ['{{ .Status }}'] }`),
  );
  writeFileSync(join(bench.root, 'password'), 'pa55\n');
  const [request] = await sendOne(bench);
  assert.deepEqual(request?.body, { title: 'Down', count: 1, list: ['firing'] });
  assert.equal(request?.url, '/a');
  assert.equal(request?.headers.authorization, `Basic ${Buffer.from('user:pa55').toString('base64')}`);
  assert.equal(request?.headers['x-team'], 'ops');
});

test('truncates alerts of a webhook, and verifies certificates', async (t) => {
  const certificates = await createCertificates();
  const bodies: string[] = [];
  const server = createServer({ key: certificates.server.key, cert: certificates.server.cert }, (request, response) => {
    request.setEncoding('utf8').on('data', (text) => bodies.push(text));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  const bench = await createNotifierBench(t, () =>
    receiverConfig(`webhook_configs:
      - { url: '${url}', max_alerts: 1, http_config: { tls_config: { ca_file: ca.pem } } }
      - { url: '${url}' }`),
  );
  writeFileSync(join(bench.root, 'ca.pem'), certificates.ca.cert);
  bench.receive(down, labelled('Down', { instance: 'b' }));
  await bench.advance(31_000);
  assert.equal(bodies.length, 1);
  const payload = JSON.parse(bodies[0] ?? '{}');
  assert.deepEqual([payload.alerts.length, payload.truncatedAlerts], [1, 1]);
  const [pending] = bench.notifier.deliveries().pending;
  assert.match(pending?.lastError ?? '', /certificate/);
  assert.equal(pending?.integration, 'team/webhook[1]');
});

test('sends mails by STARTTLS with a password, and repeats the Message-Id', async (t) => {
  const certificates = await createCertificates();
  const smtp = await startSmtpServer(t, certificates.server);
  const bench = await createNotifierBench(t, () =>
    receiverConfig(`email_configs:
      - to: ops@example.com, second@example.com
        from: otelier@example.com
        smarthost: localhost:${smtp.port}
        auth_username: user
        auth_password: secret word
        auth_identity: team
        tls_config: { ca_file: ca.pem }
        text: '{{ .CommonAnnotations.summary }}'
        headers: { X-Prio: '1' }`),
  );
  writeFileSync(join(bench.root, 'ca.pem'), certificates.ca.cert);
  smtp.replies.push('451 try again');
  await sendOne(bench);
  await bench.advance(5_000);
  const [first, second] = smtp.mails;
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(second.recipients, ['ops@example.com', 'second@example.com']);
  assert.deepEqual(second.credentials, 'team\0user\0secret word');
  assert.ok(second.isEncrypted);
  assert.match(second.text, /^Subject: \[FIRING:1\] Down \(a\)\r$/m);
  assert.match(second.text, /^X-Prio: 1\r$/m);
  assert.match(second.text, /a is down/);
  assert.match(second.text.replaceAll('=\r\n', ''), /<strong>Labels<\/strong><br>alertname =3D Down/);
  const id = (text: string) => /^Message-ID: (.*)\r$/im.exec(text)?.[1];
  assert.equal(id(first.text), id(second.text));
});
