import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { rabbitmq } from './rabbitmq.ts';
import { startPage } from './scraping/page.testing.ts';
import { readingError, readOnce, startReading } from './scraping/scraping.testing.ts';

const USER = { username: 'monitor', password: 'secret' };

receiverContract(rabbitmq, { config: { endpoint: 'http://127.0.0.1:1', ...USER }, silent: true });

const QUEUES = [
  {
    name: 'orders',
    node: 'rabbit@a',
    vhost: '/',
    consumers: 2,
    messages_ready: 7,
    messages_unacknowledged: 1,
    message_stats: { ack: 11, deliver: 12, deliver_details: { rate: 0.5 }, publish: 20, drop_unroutable: 3 },
  },
  { name: 'empty', node: 'rabbit@a', vhost: 'dev', consumers: 0, messages_ready: 0, messages_unacknowledged: 0 },
];

const NODES = [
  {
    name: 'rabbit@a',
    mem_used: 2 ** 53,
    mem_used_details: { rate: -12.5 },
    mem_alarm: true,
    disk_free_alarm: false,
    io_read_avg_time: 0.75,
    uptime: 5000,
  },
];

/** The response to a path, with an integer beyond 2^53. */
function respond(path: string): string {
  const text = JSON.stringify(path === '/api/queues' ? QUEUES : NODES);
  return text.replace('9007199254740992', '9007199254740993');
}

function enabled(...names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [`rabbitmq.node.${name}`, { enabled: true }]));
}

test('reads queues, and no nodes by default', async (t) => {
  const { url, requests } = await startPage(t, (request, response) => response.end(respond(request.url ?? '')));
  const lines = await readOnce(t, rabbitmq, { endpoint: `${new URL(url).origin}/`, ...USER });
  assert.deepEqual(
    requests.map((request) => [request.url, request.headers.authorization]),
    [['/api/queues', `Basic ${btoa('monitor:secret')}`]],
  );
  const orders = '{rabbitmq.node.name=rabbit@a,rabbitmq.queue.name=orders,rabbitmq.vhost.name=/} ';
  const empty = '{rabbitmq.node.name=rabbit@a,rabbitmq.queue.name=empty,rabbitmq.vhost.name=dev} ';
  assert.deepEqual(lines, [
    `${empty}rabbitmq.consumer.count sum {consumers} {} int 0`,
    `${empty}rabbitmq.message.current sum {messages} {state=ready} int 0`,
    `${empty}rabbitmq.message.current sum {messages} {state=unacknowledged} int 0`,
    `${orders}rabbitmq.consumer.count sum {consumers} {} int 2`,
    `${orders}rabbitmq.message.acknowledged counter {messages} {} int 11`,
    `${orders}rabbitmq.message.current sum {messages} {state=ready} int 7`,
    `${orders}rabbitmq.message.current sum {messages} {state=unacknowledged} int 1`,
    `${orders}rabbitmq.message.delivered counter {messages} {} int 12`,
    `${orders}rabbitmq.message.dropped counter {messages} {} int 3`,
    `${orders}rabbitmq.message.published counter {messages} {} int 20`,
  ]);
});

test('reads metrics of nodes that are wanted, with rates and alarms', async (t) => {
  const { url } = await startPage(t, (request, response) => response.end(respond(request.url ?? '')));
  const lines = await readOnce(t, rabbitmq, {
    endpoint: new URL(url).origin,
    ...USER,
    metrics: enabled(
      'mem_used',
      'mem_used_details.rate',
      'mem_alarm',
      'disk_free_alarm',
      'io_read_avg_time',
      'uptime',
      'fd_used',
    ),
  });
  const node = '{rabbitmq.node.name=rabbit@a} ';
  assert.deepEqual(
    lines.filter((line) => line.startsWith(node)).map((line) => line.slice(node.length)),
    [
      'rabbitmq.node.disk_free_alarm sum {status} {} int 0',
      'rabbitmq.node.io_read_avg_time sum {microseconds} {} double 0.75',
      'rabbitmq.node.mem_alarm sum {status} {} int 1',
      'rabbitmq.node.mem_used sum {bytes} {} int 9007199254740993',
      'rabbitmq.node.mem_used_details.rate sum {bytes}/s {} double -12.5',
      'rabbitmq.node.uptime sum ms {} int 5000',
    ],
  );
});

test('reports a part that fails and values that are no numbers, and reads the rest', async (t) => {
  const { url } = await startPage(t, (request, response) => {
    if (request.url === '/api/nodes') {
      response.statusCode = 401;
      response.end('{"error":"not_authorised"}');
    } else response.end('[{"name":"a","consumers":"two","messages_ready":1},7]');
  });
  const endpoint = new URL(url).origin;
  const bench = await startReading(t, rabbitmq, { endpoint, ...USER, metrics: enabled('uptime') });
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.match(
    bench.error() ?? '',
    /consumers: expected a number, got "two"; nodes: expected status 200 from .*\/api\/nodes, got 401/,
  );
  assert.equal(bench.received[0]?.itemCount, 1);
});

test('reports servers that are others, without the password', async (t) => {
  for (const [body, expected] of [
    ['<html>', /queues: Unexpected token/],
    ['{}', /queues: expected a list, got an object/],
    ['null', /queues: queues: expected an object, got "null"/],
  ] as const) {
    const { url } = await startPage(t, (_, response) => response.end(body));
    const error = await readingError(t, rabbitmq, { endpoint: new URL(url).origin, ...USER });
    assert.match(error, expected);
    assert.doesNotMatch(error, /secret/);
  }
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{}, /username: expected a username, got none/],
    [{ username: 'a' }, /password: expected a password, got none/],
    [{ ...USER, endpoint: 'localhost:15672' }, /endpoint: expected an http or https URL/],
    [{ ...USER, metrics: { 'rabbitmq.node.uptime_details.rate': {} } }, /metrics.*: expected one of/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(rabbitmq, { config }), message);
});
