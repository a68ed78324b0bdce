import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { batchOf, createComponentBench, exporterContract } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { recordsOf, waitForRecords } from '../receivers/log_stream/read-records.testing.ts';
import { syslog as receiver } from '../receivers/syslog.ts';
import { syslog } from './syslog.ts';

/** A TCP server that keeps what each connection sends. */
async function startServer(listen: { port: number; host: string } | { path: string } = { port: 0, host: '127.0.0.1' }) {
  const received: string[] = [];
  const server = createServer(async (socket) => {
    let text = '';
    socket.on('error', () => {});
    for await (const chunk of socket) text += chunk;
    received.push(text);
  });
  server.listen(listen);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, received, close: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
}

const PLAIN = { endpoint: '127.0.0.1', tls: { insecure: true }, sending_queue: { enabled: false } };

exporterContract(syslog, {
  destination: async () => {
    const server = await startServer();
    return { config: { ...PLAIN, port: server.port }, close: server.close };
  },
  config: { ...PLAIN, port: 1 },
});

async function start(t: TestContext, config: Record<string, unknown>) {
  const bench = await createComponentBench(syslog, { config: { ...PLAIN, ...config }, clock: systemClock });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

const string = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function logsOf(...logRecords: readonly object[]) {
  return batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] } as never);
}

const RECORD = {
  timeUnixNano: '1065903255003000000',
  attributes: [string('hostname', 'mymachine'), string('appname', 'su'), string('message', "'su root' failed")],
};
const LINE = "<165>1 2003-10-11T20:14:15.003Z mymachine su - - - 'su root' failed\n";

test('sends a batch over TCP and over a Unix socket', async (t) => {
  const server = await startServer();
  t.after(server.close);
  const bench = await start(t, { port: server.port });
  assert.equal((await bench.send(logsOf(RECORD, RECORD))).kind, 'accepted');
  assert.deepEqual(server.received, [LINE + LINE]);
  const directory = mkdtempSync(join(tmpdir(), 'syslog-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 's');
  const local = await startServer({ path });
  t.after(local.close);
  const unix = await start(t, { network: 'UNIX', endpoint: path, protocol: 'rfc3164' });
  assert.equal((await unix.send(logsOf(RECORD))).kind, 'accepted');
  assert.deepEqual(local.received, ["<165>Oct 11 20:14:15 mymachine su: 'su root' failed\n"]);
});

test('a server that closes the connection before its end has not got the batch', async (t) => {
  const server = createServer(
    (socket) =>
      void socket
        .on('error', () => {})
        .resume()
        .end(),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const bench = await start(t, { port: (server.address() as AddressInfo).port, retry_on_failure: { enabled: false } });
  assert.equal((await bench.send(logsOf(RECORD))).kind, 'retry');
});

test('sends each record in a datagram, and rejects those that are too large', async (t) => {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const received: string[] = [];
  socket.on('message', (message) => received.push(message.toString()));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const bench = await start(t, { network: 'udp', port: socket.address().port });
  const large = { attributes: [string('message', 'x'.repeat(70_000))] };
  const outcome = await bench.send(logsOf(RECORD, large, RECORD));
  assert.equal(outcome.kind, 'partial');
  assert.equal(outcome.kind === 'partial' && outcome.rejectedItems, 1);
  while (received.length < 2) await once(socket, 'message');
  assert.deepEqual(received, [LINE, LINE]);
});

const PARAMETERS = [string('p', 'a "quoted" ] \\ value'), string('q', '')];
const DATA = { kvlistValue: { values: [{ key: 'id@1', value: { kvlistValue: { values: PARAMETERS } } }] } };

test('what it sends arrives at the receiver, whatever the framing', async (t) => {
  const record = {
    timeUnixNano: '1438811939693012000',
    attributes: [
      ...[string('hostname', 'h'), string('appname', 'a'), string('proc_id', '7'), string('msg_id', 'm')],
      { key: 'priority', value: { intValue: '86' } },
      { key: 'version', value: { intValue: '1' } },
      { key: 'structured_data', value: DATA },
      string('message', 'it works'),
    ],
  };
  for (const enable_octet_counting of [false, true]) {
    const there = await createComponentBench(receiver, {
      config: { protocol: 'rfc5424', enable_octet_counting, tcp: { listen_address: '127.0.0.1:0' } },
      clock: systemClock,
    });
    t.after(() => there.close());
    await there.start();
    const address = there.service.host.endpoints().find(({ component }) => component === 'tested')?.address ?? '';
    const bench = await start(t, { port: Number(address.split(':')[1]), enable_octet_counting });
    assert.equal((await bench.send(logsOf(record, record))).kind, 'accepted');
    await waitForRecords(there, 2);
    const [first] = recordsOf(there);
    const { structured_data: data, facility_text: _, facility: __, ...rest } = first?.attributes ?? {};
    assert.deepEqual(data, DATA.kvlistValue);
    assert.deepEqual(rest, {
      ...{ hostname: 'h', appname: 'a', proc_id: '7', msg_id: 'm', priority: '86', version: '1' },
      message: 'it works',
    });
  }
});

test('sends the body of a record without a message, and lets no value begin another message', async (t) => {
  const server = await startServer();
  t.after(server.close);
  const bench = await start(t, { port: server.port });
  const hostile = { attributes: [string('hostname', 'a b\n<0>1'), string('message', 'one\n<0>1 - evil\r\ntwo')] };
  await bench.send(logsOf({ body: { stringValue: 'from an SDK' } }, hostile));
  assert.deepEqual(server.received[0]?.trimEnd().split('\n'), [
    '<165>1 1970-01-01T00:00:00Z - - - - - from an SDK',
    '<165>1 1970-01-01T00:00:00Z a_b_<0>1 - - - - one <0>1 - evil two',
  ]);
  const counting = await start(t, { port: server.port, enable_octet_counting: true });
  await counting.send(logsOf({ attributes: [string('message', 'ä\nb')] }));
  assert.equal(server.received[1], '42 <165>1 1970-01-01T00:00:00Z - - - - - ä\nb');
});

test('reports a server that is not there or resets the connection as to be tried again', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.resetAndDestroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const resetting = await start(t, { port, retry_on_failure: { enabled: false } });
  const reset = await resetting.send(logsOf({ attributes: [string('message', 'x'.repeat(5_000_000))] }));
  assert.equal(reset.kind, 'retry');
  await new Promise((resolve) => server.close(resolve));
  const outcome = await resetting.send(logsOf(RECORD));
  assert.match(outcome.kind === 'retry' ? outcome.reason : '', /ECONNREFUSED/);
});

test('connects with TLS unless it is turned off', async (t) => {
  const server = createTlsServer({}, () => {}).on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const bench = await start(t, { port, tls: { insecure_skip_verify: true }, retry_on_failure: { enabled: false } });
  const outcome = await bench.send(logsOf(RECORD));
  assert.match(outcome.kind === 'retry' ? outcome.reason : '', /handshake|SSL|TLS/i);
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ network: 'sctp' }, /network/],
    [{ port: 0 }, /port/],
    [{ endpoint: '' }, /endpoint/],
    [{ protocol: 'rfc3164', enable_octet_counting: true }, /enable_octet_counting: expected the protocol rfc5424/],
    [{ tls: { ca_file: '/missing' } }, /ca_file/],
  ];
  for (const [config, message] of expected)
    await assert.rejects(createComponentBench(syslog, { config: { ...PLAIN, ...config } }), message);
});
