import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import type { LogRecordJson } from '@otelier/testkit/otlp-json';
import { decodeRequest } from '@otelier/testkit/request-codec';
import type { ExportClient } from '@otelier/transport';
import { OutputLogs } from './output.ts';

/** A client that records its requests. */
class Collected implements ExportClient {
  readonly requests: (readonly LogRecordJson[])[] = [];
  readonly services: unknown[] = [];
  response: () => Outcome | Promise<Outcome> = () => ACCEPTED;

  async export(_signal: string, parts: readonly Uint8Array[]): Promise<Outcome> {
    const { resourceLogs = [] } = decodeRequest('logs', parts[0] ?? new Uint8Array());
    for (const { resource, scopeLogs = [] } of resourceLogs) {
      this.services.push(resource?.attributes?.[0]?.value?.stringValue);
      this.requests.push(scopeLogs.flatMap(({ logRecords = [] }) => logRecords));
    }
    return this.response();
  }

  async shutdown(): Promise<void> {}

  get lines(): string[] {
    return this.requests.flat().map(({ body, attributes }) => {
      const stream = attributes?.find(({ key }) => key === 'log.iostream')?.value?.stringValue;
      return `${stream}: ${body?.stringValue}`;
    });
  }
}

function created() {
  const client = new Collected();
  const clock = createManualClock();
  const logs = new OutputLogs(client, clock, 'shop');
  const write = (stream: 'stdout' | 'stderr', text: string | Uint8Array) =>
    logs.write(stream, typeof text === 'string' ? Buffer.from(text) : text);
  return { client, clock, logs, write };
}

test('sends a line as a record with stream, time and service', async () => {
  const { client, clock, logs, write } = created();
  write('stdout', 'one\ntwo\r\n');
  write('stderr', 'three\n');
  await logs.finish();
  assert.deepEqual(client.lines, ['stdout: one', 'stdout: two', 'stderr: three']);
  assert.deepEqual(client.services, ['shop']);
  const time = `${clock.now()}000000`;
  assert.deepEqual(
    client.requests[0]?.map(({ timeUnixNano, observedTimeUnixNano }) => [timeUnixNano, observedTimeUnixNano]),
    [0, 1, 2].map(() => [time, time]),
  );
});

test('joins chunks of lines and characters per stream', async () => {
  const { client, logs, write } = created();
  const bytes = Buffer.from('grüße\n');
  write('stdout', bytes.subarray(0, 3));
  write('stderr', 'err');
  write('stdout', bytes.subarray(3));
  write('stderr', 'or\nrest');
  await logs.finish();
  assert.deepEqual(client.lines, ['stdout: grüße', 'stderr: error', 'stderr: rest']);
});

test('removes colors and empty lines', async () => {
  const { client, logs, write } = created();
  write('stdout', '\u001b[31mred\u001b[0m\n\n   \n\u001b[0m\n');
  await logs.finish();
  assert.deepEqual(client.lines, ['stdout: red']);
});

test('states the severity of each record', async () => {
  const { client, logs, write } = created();
  write('stdout', 'listening\n{"level":40,"msg":"pino"}\n[error] failed\n');
  write('stderr', 'careful\n2026/01/02 15:04:05 Go has no levels\nINFO:root:Python\npanic: bad\n');
  await logs.finish();
  assert.deepEqual(
    client.requests.flat().map(({ severityNumber, severityText }) => [severityNumber, severityText]),
    [
      [9, 'INFO'],
      [13, 'WARN'],
      [17, 'error'],
      [17, 'ERROR'],
      [9, 'INFO'],
      [9, 'INFO'],
      [21, 'FATAL'],
    ],
  );
});

test('joins a stack trace that arrives in pieces, per stream', async () => {
  const { client, clock, logs, write } = created();
  write('stdout', 'before\n');
  await clock.advance(190);
  write('stderr', 'TypeError: bad\n    at f (/app/a.js:1:1)\n');
  write('stdout', 'after\n');
  await clock.advance(10);
  assert.deepEqual(client.lines, ['stdout: before']);
  write('stderr', '    at g (/app/a.js:2:1)\n');
  await clock.advance(300);
  assert.deepEqual(client.lines, [
    'stdout: before',
    'stderr: TypeError: bad\n    at f (/app/a.js:1:1)\n    at g (/app/a.js:2:1)',
    'stdout: after',
  ]);
  // A line that arrives after the record was sent starts a new one.
  write('stderr', '    at late (/app/a.js:3:1)\n');
  await logs.finish();
  assert.equal(client.lines.at(-1), 'stderr:     at late (/app/a.js:3:1)');
  assert.equal(clock.pending, 0);
});

test('splits an endless line', async () => {
  const { client, logs, write } = created();
  for (let index = 0; index < 3; index++) write('stdout', 'x'.repeat(40_000));
  await logs.finish();
  const lengths = client.requests.flat().map(({ body }) => body?.stringValue?.length ?? 0);
  assert.ok(lengths.length >= 2);
  assert.ok(
    lengths.every((length) => length <= 65_536),
    String(lengths),
  );
});

test('batches lines and sends them in order, one request at a time', async () => {
  const { client, clock, logs, write } = created();
  const first = Promise.withResolvers<Outcome>();
  client.response = () => first.promise;
  write('stdout', 'a\n');
  await clock.advance(100);
  write('stdout', 'b\n');
  assert.deepEqual(client.requests, []);
  await clock.advance(100);
  write('stdout', 'c\n');
  await clock.advance(200);
  assert.deepEqual(client.lines, ['stdout: a', 'stdout: b']);
  client.response = () => ACCEPTED;
  first.resolve(ACCEPTED);
  await logs.finish();
  assert.deepEqual(client.lines, ['stdout: a', 'stdout: b', 'stdout: c']);
  assert.equal(client.requests.length, 2);
  assert.equal(clock.pending, 0);
  assert.equal(logs.lostLines, 0);
});

test('counts rejected and dropped lines', async () => {
  const { client, logs, write } = created();
  client.response = () => ({ kind: 'refused', reason: 'no' });
  write('stdout', 'a\nb\n');
  await logs.finish();
  assert.equal(logs.lostLines, 2);
  client.response = () => ({ kind: 'partial', rejectedItems: 1, reason: 'one' });
  write('stdout', 'c\nd\n');
  await logs.finish();
  assert.equal(logs.lostLines, 3);
  client.response = () => ACCEPTED;
  write('stdout', 'x\n'.repeat(10_005));
  await logs.finish();
  assert.equal(logs.lostLines, 8);
  client.response = () => ({ kind: 'refused', reason: 'no' });
  write('stdout', 'Error: bad\n    at f (a.js:1:1)\n    at g (a.js:1:1)\n');
  await logs.finish();
  assert.equal(logs.lostLines, 11);
});
