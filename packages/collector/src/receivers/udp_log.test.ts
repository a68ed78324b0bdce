import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { portOf, waitForRecords } from './log_stream/read-records.testing.ts';
import { udpLog } from './udp_log.ts';

receiverContract(udpLog, { config: { listen_address: '127.0.0.1:0' }, clock: systemClock, silent: true });

async function receive(config: Record<string, unknown>, message: string, count: number) {
  const bench = await createComponentBench(udpLog, {
    clock: systemClock,
    config: { listen_address: '127.0.0.1:0', ...config },
  });
  await bench.start();
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send(message, portOf(bench), '127.0.0.1', resolve));
  const records = await waitForRecords(bench, count);
  socket.close();
  await bench.close();
  return records;
}

test('receives the lines of datagrams, with the addresses', async () => {
  const records = await receive({ add_attributes: true, resolve_names: false }, 'one\ntwo\0\n', 2);
  assert.deepEqual(
    records.map(({ body }) => body),
    ['one', 'two'],
  );
  const { 'net.peer.port': port, 'net.host.port': _, ...rest } = records[0]?.attributes ?? {};
  assert.ok(Number(port) > 0);
  assert.deepEqual(rest, { 'net.transport': 'IP.UDP', 'net.host.ip': '127.0.0.1', 'net.peer.ip': '127.0.0.1' });
});

test('takes a datagram as one log record', async () => {
  const records = await receive({ one_log_per_packet: true, operators: [{ type: 'noop' }] }, 'a\nb', 1);
  assert.equal(records[0]?.body, 'a\nb');
});
