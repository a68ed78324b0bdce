import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { portOf, waitForRecords } from './log_stream/read-records.testing.ts';
import { syslog } from './syslog.ts';

const ADDRESS = { listen_address: '127.0.0.1:0' };

receiverContract(syslog, { config: { protocol: 'rfc5424', tcp: ADDRESS }, clock: systemClock, silent: true });

async function start(config: Record<string, unknown>) {
  const bench = await createComponentBench(syslog, { clock: systemClock, config });
  await bench.start();
  return bench;
}

const MESSAGE = '<34>1 2026-03-04T05:06:07Z host app 1 id [ex@1 a="b"] hello\nworld';

test('receives messages of RFC 5424 with their lengths, also in pieces', async () => {
  const bench = await start({ protocol: 'rfc5424', enable_octet_counting: true, tcp: ADDRESS });
  const socket = connect(portOf(bench), '127.0.0.1');
  const frame = `${MESSAGE.length} ${MESSAGE}`;
  socket.write(frame.slice(0, 10));
  // rsyslog and syslog-ng count a newline at the end.
  socket.end(`${frame.slice(10)}${frame}${MESSAGE.length + 1} ${MESSAGE}\n${frame}`);
  const records = await waitForRecords(bench, 4);
  assert.deepEqual(
    records.map(({ attributes }) => attributes['message']),
    Array(4).fill('hello\nworld'),
  );
  assert.equal(records[0]?.severityNumber, 18);
  assert.equal(records[0]?.attributes['hostname'], 'host');
  await bench.close();
});

test('receives messages of RFC 3164 over UDP and keeps those that it cannot parse', async () => {
  const bench = await start({
    protocol: 'rfc3164',
    udp: ADDRESS,
    operators: [{ type: 'add', field: 'attributes.x', value: 'y' }],
  });
  const socket = createSocket('udp4');
  for (const message of ['<13>Mar  4 05:06:07 host app[7]: hello', 'no syslog'])
    await new Promise((resolve) => socket.send(message, portOf(bench), '127.0.0.1', resolve));
  const records = await waitForRecords(bench, 2);
  socket.close();
  const parsed = records.find(({ attributes }) => attributes['appname'] === 'app');
  assert.equal(parsed?.attributes['proc_id'], '7');
  assert.equal(parsed?.attributes['x'], 'y');
  assert.ok(records.some(({ body }) => body === 'no syslog'));
  await bench.close();
});

test('reports what does not fit together', async () => {
  const refused = (config: Record<string, unknown>, message: RegExp) => assert.rejects(start(config), message);
  await refused({ protocol: 'rfc5424' }, /expected "tcp" or "udp"/);
  await refused({ protocol: 'rfc5425', tcp: ADDRESS }, /expected rfc5424, rfc3164 or none/);
  await refused({ protocol: 'rfc5424', enable_octet_counting: true, udp: ADDRESS }, /expected "tcp" with/);
});
