import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createNotifierBench, labelled, type NotifierBench, webhookConfig } from './notifier.testing.ts';

/** Starts a server that does anything, and returns its URL. */
async function startServer(t: TestContext, respond: RequestListener): Promise<string> {
  const server = createServer(respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Waits until the next attempt waits for its time, or until nothing is pending. */
async function attempted({ notifier, clock }: NotifierBench) {
  for (;;) {
    await clock.advance(0);
    const [pending] = notifier.deliveries().pending;
    if (pending === undefined || (pending.attempts > 0 && pending.nextAttemptAtMs !== undefined)) return pending;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test('ends an attempt that gets no response, and marks the next one', async (t) => {
  let requests = 0;
  const url = await startServer(t, () => {
    requests += 1;
  });
  const bench = await createNotifierBench(t, () => webhookConfig(url, { webhook: 'timeout: 5s' }));
  bench.receive(labelled('Down'));
  await bench.clock.advance(30_000);
  while (requests === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(bench.notifier.deliveries().pending[0]?.nextAttemptAtMs, undefined);
  await bench.clock.advance(5_000);
  const pending = await attempted(bench);
  assert.deepEqual([pending?.lastError, pending?.isOutcomeUnknown], ['no response in time', true]);
});

test('reads only the start of an endless response', async (t) => {
  const url = await startServer(t, (_, response) => {
    response.on('error', () => undefined);
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', write);
    };
    response.writeHead(500, { 'content-type': 'text/plain' });
    write();
  });
  const bench = await createNotifierBench(t, () => webhookConfig(url));
  bench.receive(labelled('Down'));
  await bench.clock.advance(30_000);
  const pending = await attempted(bench);
  assert.match(pending?.lastError ?? '', /^the server responded 500: x+$/);
  assert.ok((pending?.lastError ?? '').length < 600);
});

test('follows a redirect that keeps the method, without credentials to another server', async (t) => {
  const seen: (string | undefined)[] = [];
  const target = await startServer(t, ({ headers, method }, response) => {
    seen.push(`${method} ${headers.authorization ?? 'none'} ${headers['content-type']}`);
    response.end();
  });
  const url = await startServer(t, (_, response) => response.writeHead(307, { location: target }).end());
  const bench = await createNotifierBench(t, () =>
    webhookConfig(url, { webhook: 'http_config: { bearer_token: s3cret }' }),
  );
  bench.receive(labelled('Down'));
  await bench.clock.advance(30_000);
  await attempted(bench);
  assert.deepEqual(seen, ['POST none application/json']);
});

test('refuses a redirect that would lose the notification, and redirects without end', async (t) => {
  const statuses = [302, 307];
  for (const status of statuses) {
    const url = await startServer(t, (_, response) => response.writeHead(status, { location: '/' }).end());
    const bench = await createNotifierBench(t, () => webhookConfig(url));
    bench.receive(labelled('Down'));
    await bench.clock.advance(30_000);
    await attempted(bench);
    assert.match(
      bench.notifier.deliveries().failed[0]?.error ?? '',
      new RegExp(`responded ${status}; set the final URL`),
    );
  }
});

test('waits as long as a receiver asks, within bounds, and shows once what it refuses', async (t) => {
  const bench = await createNotifierBench(t, (url) => webhookConfig(url));
  const waits: readonly (readonly [header: string, seconds: number])[] = [
    ['120', 120],
    ['0', 2],
    ['99999999', 3600],
    ['-5', 8],
    ['soon', 16],
  ];
  const firing = { ...labelled('Down'), endsAtMs: bench.clock.now() + 86_400_000 };
  bench.receive(firing);
  await bench.clock.advance(29_999);
  let at = 1;
  for (const [header, seconds] of waits) {
    bench.response = { status: 429, headers: { 'retry-after': header } };
    await bench.clock.advance(at);
    const pending = await attempted(bench);
    at = (pending?.nextAttemptAtMs ?? 0) - bench.clock.now();
    assert.equal(at, seconds * 1000, header);
  }
  bench.response = { status: 403, body: 'no\n\u001b[2Jentry' };
  await bench.clock.advance(at);
  assert.equal(await attempted(bench), undefined);
  const { failed } = bench.notifier.deliveries();
  assert.deepEqual(
    failed.map(({ error, integration, alerts }) => [error, integration, alerts]),
    [['the server responded 403: no [2Jentry', 'hook/webhook[0]', 1]],
  );
  const before = bench.requests.length;
  bench.receive(firing);
  await bench.advance(600_000);
  assert.equal(bench.requests.length, before);
});

test('moves damaged state aside, reports it, and delivers the rest', async (t) => {
  const bench = await createNotifierBench(t, (url) => webhookConfig(url, { route: 'group_by: [instance]' }));
  bench.response = { status: 503 };
  bench.receive(...Array.from({ length: 4 }, (_, index) => labelled('Down', { instance: `i${index}` })));
  await bench.advance(32_000);
  // It writes nothing more.
  await bench.notifier.close();
  const directory = join(bench.directory, 'groups');
  const names = readdirSync(directory).filter((name) => name.endsWith('.group'));
  assert.equal(names.length, 4);
  const damages: readonly ((bytes: Buffer) => Buffer)[] = [
    (bytes) => bytes.subarray(0, bytes.length >> 1),
    (bytes) => bytes.fill(bytes.readUInt8(40) ^ 1, 40, 41),
    () => Buffer.alloc(0),
  ];
  for (const [index, damage] of damages.entries()) {
    const path = join(directory, names[index] ?? '');
    writeFileSync(path, damage(readFileSync(path)));
  }
  writeFileSync(join(bench.directory, 'silences'), 'garbage');
  await bench.restart({ crashes: true });
  const reports = bench.events.filter(({ message }) => message === 'state of alerts is damaged');
  assert.equal(reports.length, 4);
  for (const { fields } of reports) assert.match(String(fields.error), /damaged, moved to .*; the state starts empty/);
  bench.payloads();
  bench.response = {};
  await bench.advance(60_000);
  assert.equal(bench.payloads().length, 1);
});

test('keeps no more alerts and groups than it has capacity for, and says so', async (t) => {
  const config = (url: string) => webhookConfig(url, { route: "group_by: ['...']" });
  const bench = await createNotifierBench(t, config, { alerts: 7, groups: 5 });
  const posted = Array.from({ length: 10 }, (_, index) => ({
    ...{ labels: { alertname: 'Down', index: String(index) }, annotations: {}, generatorUrl: '' },
    ...{ startsAtMs: undefined, endsAtMs: undefined },
  }));
  assert.equal(bench.notifier.post(posted), 5);
  assert.deepEqual(
    bench.events.map(({ message, fields }) => [message, fields.limit]),
    [
      ['alerts are not sent: limit reached', 'groups'],
      ['alerts are not sent: limit reached', 'alerts'],
    ],
  );
  await bench.advance(31_000);
  assert.equal(bench.payloads().length, 5);
});
