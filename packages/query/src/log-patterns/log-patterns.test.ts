import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { createRandom } from '@otelier/testkit/otlp/random';
import { keyValues, type LogRecordJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import type { LogPattern, LogPatternsResponse, LogsResponse } from '../api/api.ts';
import { logPatternsResponse } from './response.ts';

const START = 1_700_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let server: TestApi;
before(async () => {
  server = await startTestApi();
});
after(() => server.shutdown(0));

/** Appends records, and returns what the API says of them. Each test has a service of its own. */
async function append(service: string, records: readonly LogRecordJson[]): Promise<void> {
  const resource = { attributes: keyValues({ 'service.name': service }) };
  const outcome = await server.store.append(
    batchOf('logs', {
      resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'log' }, logRecords: [...records] }] }],
    }),
  );
  assert.equal(outcome.kind, 'accepted');
}

function record(body: string, millis = 0, severityNumber = 9): LogRecordJson {
  const timeUnixNano = `${BigInt(START + millis) * 1_000_000n}`;
  return { timeUnixNano, severityNumber, ...(body !== '' && { body: { stringValue: body } }) };
}

async function patternsOf(service: string, more: Readonly<Record<string, string>> = {}): Promise<LogPatternsResponse> {
  const query = new URLSearchParams({
    start: `${START}`,
    end: `${START + HOUR}`,
    where: `service = ${service}`,
    ...more,
  });
  const response = await fetch(`${server.url}/api/v1/logs/patterns?${query}`);
  assert.equal(response.status, 200, await response.clone().text());
  const body = (await response.json()) as LogPatternsResponse;
  assert.deepEqual(logPatternsResponse.parse(body), body);
  return body;
}

/** Formats a pattern with the kinds of its variables. */
function textOf({ parts }: LogPattern): string {
  return parts.map(({ text, variable }) => (variable === undefined ? text : `{${variable.kind}}`)).join('');
}

/** Returns the bodies that the conditions of a pattern select. */
async function selected({ where }: LogPattern): Promise<readonly string[]> {
  const query = new URLSearchParams({ start: `${START}`, end: `${START + HOUR}`, limit: '5000', order: 'oldest' });
  for (const one of where) query.append('where', one);
  const response = await fetch(`${server.url}/api/v1/logs?${query}`);
  assert.equal(response.status, 200, await response.clone().text());
  return ((await response.json()) as LogsResponse).logs.map(({ body }) => body);
}

describe('patterns of log records', () => {
  test('have their variables with kinds and values, counts by step, examples and conditions', async () => {
    const bodies = Array.from({ length: 40 }, (_, n) => [
      `order ${(4096 + n * 7919).toString(16).padStart(6, 'a')} placed, charged ${n}.50 EUR`,
      `token cache ${n % 4 === 0 ? 'miss' : 'hit'} key=k${n} age=${n + 1} s`,
    ]).flat();
    await append(
      'orders',
      bodies.map((body, n) => record(body, n * 45_000)),
    );
    await append('orders', [record('charge failed: no reply in 800 ms', HOUR - 1, 17)]);
    const { patterns, patternCount, total, read, timesMillis } = await patternsOf('orders', { steps: '4' });
    assert.deepEqual([patternCount, total, read, timesMillis.length], [3, 81, 81, 4]);
    const byText = new Map(patterns.map((pattern) => [textOf(pattern), pattern]));
    assert.deepEqual([...byText.keys()].sort(), [
      'charge failed: no reply in {duration}',
      'order {hex} placed, charged {num} EUR',
      'token cache {word} key={id} age={duration}',
    ]);
    const cache = byText.get('token cache {word} key={id} age={duration}') ?? assert.fail();
    assert.deepEqual([cache.count, cache.steps, cache.severity], [40, [10, 10, 10, 10], 'info']);
    const [result, , age] = cache.parts.flatMap(({ variable }) => variable ?? []);
    assert.deepEqual(result?.values, [
      { value: 'hit', count: 30 },
      { value: 'miss', count: 10 },
    ]);
    assert.deepEqual([age?.range, age?.distinct], [['1 s', '40 s'], 40]);
    assert.deepEqual(
      cache.examples.map(({ body }) => body),
      bodies
        .filter((body) => body.startsWith('token'))
        .slice(-3)
        .reverse(),
    );
    assert.equal(cache.firstSeenNanos, `${BigInt(START + 45_000) * 1_000_000n}`);
    for (const pattern of patterns) assert.equal((await selected(pattern)).length, pattern.count, textOf(pattern));
  });

  test('are of one service and severity, and of the message of JSON bodies', async () => {
    const json = (level: string, n: number): string => JSON.stringify({ level, msg: `user "u-${n}"\nsaved`, n });
    await append('json', [
      record(json('a', 1)),
      record(json('b', 2)),
      record('user "u-3"', 0, 13),
      record('{"a":1,"b":[true]}'),
    ]);
    await append('json', [record('{"a":2,"b":[false]}'), record('{"a": broken')]);
    const { patterns } = await patternsOf('json');
    assert.deepEqual(
      patterns.map((pattern) => [textOf(pattern), pattern.severity, pattern.count]).sort(),
      [
        ['user {string}', 'info', 2],
        ['user {string}', 'warn', 1],
        ['{"a":{int},"b":[{word}]}', 'info', 2],
        ['{"a": broken', 'info', 1],
      ].sort(),
    );
    const message = patterns.find(
      ({ severity, count, parts }) => severity === 'info' && count === 2 && parts.length === 2,
    );
    assert.deepEqual(await selected(message ?? assert.fail()), [json('a', 1), json('b', 2)]);
  });

  test('compare with an equally long, earlier range', async () => {
    await append('compared', [record('started'), record('started'), record('failed to start')]);
    await append('compared', [record('started', -DAY), record('stopped', -DAY)]);
    const { patterns, before: total } = await patternsOf('compared', { compare: `${DAY}` });
    assert.deepEqual(
      patterns.map((pattern) => [textOf(pattern), pattern.count, pattern.before]),
      [
        ['started', 2, 1],
        ['failed to start', 1, 0],
      ],
    );
    assert.equal(total, 2);
    assert.equal((await patternsOf('compared')).before, undefined);
  });

  test('are estimated from records spread over the range if there are many', async () => {
    await append(
      'many',
      Array.from({ length: 12_000 }, (_, n) =>
        record(n % 4 === 0 ? `slow ${n}` : `done ${n} fine`, (n * HOUR) / 12_000),
      ),
    );
    const { patterns, total, read } = await patternsOf('many', { steps: '20' });
    assert.deepEqual([total, read], [12_000, 10_000]);
    assert.deepEqual(
      patterns.map((pattern) => [textOf(pattern), pattern.count]),
      [
        ['done {int} fine', 9000],
        ['slow {int}', 3000],
      ],
    );
    for (const { steps, count } of patterns) assert.ok(steps.every((step) => Math.abs(step - count / 20) < 5));
  });

  test('of hostile bodies select these bodies', async () => {
    const random = createRandom(5);
    const pieces = [
      'a',
      ' ',
      '\n',
      '\\',
      '"',
      "'",
      '(',
      '[',
      '{',
      '$',
      '<_>',
      '<*>',
      '\u0000',
      '\u001b[31m',
      '\u202e',
      '7',
      '.',
      '*',
      '|',
      'é',
      '\t',
      '😀',
    ];
    const bodies = Array.from({ length: 120 }, () =>
      Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join(''),
    );
    bodies.push(
      '',
      ' \n ',
      'x'.repeat(5000),
      'a '.repeat(3000),
      '('.repeat(3000),
      '{"message":"\\u0000"}',
      '__proto__',
    );
    await append(
      'hostile',
      bodies.map((body) => record(body)),
    );
    const { patterns, total } = await patternsOf('hostile', { limit: '1000' });
    assert.equal(total, bodies.length);
    assert.equal(
      patterns.reduce((sum, { count }) => sum + count, 0),
      bodies.length,
    );
    const missing = new Set(bodies);
    for (const pattern of patterns) {
      const found = await selected(pattern);
      // A pattern of variables alone matches too many others for all of them to be excluded.
      if (pattern.where.length < 10) assert.equal(found.length, pattern.count, JSON.stringify(pattern.where));
      else assert.ok(found.length >= pattern.count);
      for (const body of found) missing.delete(body);
    }
    assert.deepEqual([...missing], []);
  });

  test('select exactly their records, also beside patterns that match the same', async () => {
    const texts = [
      'cache miss',
      'cache hit',
      'done 5 fine',
      'done x fine',
      'done x y fine',
      'wait 5 ms',
      'wait 5ms now',
    ];
    const records = Array.from({ length: 60 }, (_, n) => [
      record(`cache ${n}`, n),
      record(`job ${'abcdef'[n % 6]} took ${n}${n % 2 === 0 ? ' ' : ''}ms of "a b" ${n}`, n),
      record(`page ${n} of shop "x${n}" loaded`, n, n % 3 === 0 ? 13 : 9),
      record(JSON.stringify({ msg: `load ${n} fine`, note: 'a fine' }), n),
      record(JSON.stringify({ msg: `load "${n}`, note: 'fine' }), n, 10),
      record(texts[n % texts.length] ?? '', n, [9, 10, 0, 30][n % 4]),
    ]).flat();
    const event = (name: string, n: number): LogRecordJson => ({ ...record('', n), eventName: name });
    await append('exact', [...records, event('order.placed', 1), event('order.placed', 2), event('order.paid', 3)]);
    const { patterns, total } = await patternsOf('exact', { limit: '1000' });
    assert.equal(total, records.length + 3);
    assert.ok(patterns.some(({ where }) => where.some((one) => one.includes('!~'))));
    assert.ok(patterns.some((pattern) => textOf(pattern) === 'order.placed' && pattern.count === 2));
    let sum = 0;
    for (const pattern of patterns) {
      assert.equal((await selected(pattern)).length, pattern.count, JSON.stringify(pattern.where));
      sum += pattern.count;
    }
    assert.equal(sum, total);
  });

  test('of one body are found among many, also if few records have it', async () => {
    await append('rare', [
      ...Array.from({ length: 11_000 }, (_, n) => record(`tick ${n} of the clock`, n * 300)),
      record('tick lost by the battery 7', 5, 12),
      record('the battery 8 is empty', 6, 11),
    ]);
    const ask = async (body: string, severity: string): Promise<readonly LogPattern[]> => {
      const query = new URLSearchParams({ start: `${START}`, end: `${START + HOUR}`, body });
      for (const one of ['service = rare', `severity = ${severity}`]) query.append('where', one);
      const response = await fetch(`${server.url}/api/v1/logs/patterns?${query}`);
      return ((await response.json()) as LogPatternsResponse).patterns;
    };
    const [lost, ...none] = await ask('tick lost by the battery 9', 'info');
    assert.deepEqual(
      [textOf(lost ?? assert.fail()), lost?.count, none.length],
      ['tick lost by the battery {int}', 1, 0],
    );
    assert.deepEqual(await selected(lost ?? assert.fail()), ['tick lost by the battery 7']);
    const [empty] = await ask('the battery 8 is empty', 'info');
    assert.equal(empty?.count, 1);
    assert.deepEqual(await ask('other', 'error'), []);
  });

  test('have few variables in 2,000 different words', async () => {
    await append(
      'words',
      Array.from({ length: 2000 }, (_, n) =>
        record(`${n.toString(36).replaceAll(/\d/g, 'x')}${'q'.repeat(n % 50)} failed to load the page`),
      ),
    );
    assert.ok((await patternsOf('words')).patternCount <= 100);
  });
});

describe('export of log records', () => {
  const exported = async (query: string): Promise<Response> => {
    const response = await fetch(`${server.url}/api/v1/logs/export?start=${START}&end=${START + HOUR}&${query}`);
    assert.equal(response.status, 200, await response.clone().text());
    return response;
  };

  test('writes all pages as JSON lines, in order', async () => {
    await append(
      'lines',
      Array.from({ length: 4500 }, (_, n) => record(`line ${n}`, n)),
    );
    const response = await exported('where=service+%3D+lines&order=oldest');
    assert.match(response.headers.get('content-type') ?? '', /^application\/x-ndjson/);
    const lines = (await response.text()).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).body),
      Array.from({ length: 4500 }, (_, n) => `line ${n}`),
    );
    const few = await (await exported('where=service+%3D+lines&limit=3')).text();
    assert.deepEqual(
      few
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).body),
      ['line 4499', 'line 4498', 'line 4497'],
    );
  });

  test('writes CSV that spreadsheets read, with chosen columns', async () => {
    await append('sheet', [{ ...record('a,"b"\nc', 1), attributes: keyValues({ 'http.route': '=cmd()', n: 5n }) }]);
    const csv = 'where=service+%3D+sheet&format=csv';
    const response = await exported(
      `${csv}&column=attributes.http.route&column=attributes.constructor&column=resource.service.name`,
    );
    assert.match(response.headers.get('content-type') ?? '', /^text\/csv/);
    assert.equal(
      await response.text(),
      'time,severity,service,body,trace_id,span_id,attributes.http.route,attributes.constructor,resource.service.name\r\n' +
        `2023-11-14T22:13:20.001000000Z,9,sheet,"a,""b""\nc",,,'=cmd(),,sheet\r\n`,
    );
    const all = (await (await exported(csv)).text()).split('\r\n')[0];
    assert.equal(all, 'time,severity,service,body,trace_id,span_id,attributes,resource');
    assert.equal(await (await exported('where=service+%3D+none&format=csv')).text(), `${all}\r\n`);
  });
});
