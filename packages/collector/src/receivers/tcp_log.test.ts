import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { portOf, waitForRecords } from './log_stream/read-records.testing.ts';
import { tcpLog } from './tcp_log.ts';

receiverContract(tcpLog, { config: { listen_address: '127.0.0.1:0' }, clock: systemClock, silent: true });

async function start(config: Record<string, unknown> = {}) {
  const bench = await createComponentBench(tcpLog, {
    clock: systemClock,
    config: { listen_address: '127.0.0.1:0', ...config },
  });
  await bench.start();
  return bench;
}

test('receives lines in pieces, the last one at the end of the connection', async () => {
  const bench = await start({ add_attributes: true });
  const socket = connect(portOf(bench), '127.0.0.1');
  socket.write('first\nsec');
  socket.write('ond\r\n');
  socket.end('third');
  const records = await waitForRecords(bench, 3);
  assert.deepEqual(
    records.map(({ body }) => body),
    ['first', 'second', 'third'],
  );
  assert.equal(records[0]?.attributes['net.transport'], 'IP.TCP');
  assert.equal(records[0]?.attributes['net.peer.ip'], '127.0.0.1');
  assert.equal(records[0]?.attributes['net.host.port'], String(portOf(bench)));
  await bench.close();
});

test('splits by a pattern, decodes and parses', async () => {
  const bench = await start({
    encoding: 'iso-8859-1',
    multiline: { line_end_pattern: ';', omit_pattern: true },
    operators: [{ type: 'key_value_parser' }],
  });
  connect(portOf(bench), '127.0.0.1').end(Buffer.from('a=1;b=\xfc;', 'latin1'));
  const records = await waitForRecords(bench, 2);
  assert.deepEqual(
    records.map(({ attributes }) => attributes),
    [{ a: '1' }, { b: '\u{fc}' }],
  );
  await bench.close();
});

test('takes a whole connection as one log record, and splits lines that are too long', async () => {
  const whole = await start({ one_log_per_packet: true });
  connect(portOf(whole), '127.0.0.1').end('a\nb\n');
  assert.equal((await waitForRecords(whole, 1))[0]?.body, 'a\nb\n');
  await whole.close();
  const split = await start({ max_log_size: '64KiB' });
  connect(portOf(split), '127.0.0.1').end(`${'x'.repeat(70_000)}\n`);
  const lengths = (await waitForRecords(split, 2)).map(({ body }) => String(body).length);
  assert.deepEqual(lengths, [65_536, 70_000 - 65_536]);
  await split.close();
});
