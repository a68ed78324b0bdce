import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createCertificates, signRevocationList, signServerCertificate } from '@otelier/testkit/certificates';
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

test('receives over TLS, and uses changed certificates and revocation lists for the next connection', async (t) => {
  const { ca, server, client } = await createCertificates();
  const directory = mkdtempSync(join(tmpdir(), 'otelier-tcp-log-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const files = {
    cert_file: write('cert.pem', server.cert),
    key_file: write('key.pem', server.key),
    client_ca_file: write('ca.pem', ca.cert),
    crl_file: write('list.crl', await signRevocationList(ca, [])),
  };
  const bench = await start({ tls: { ...files, reload_interval: '0s' } });
  t.after(() => bench.close());
  const open = async () => {
    // With TLS 1.3, a client learns of the rejection only after the handshake.
    const socket = connectTls({
      host: '127.0.0.1',
      port: portOf(bench),
      ...client,
      ca: ca.cert,
      maxVersion: 'TLSv1.2',
    });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  };
  const first = await open();
  first.write('before\n');
  const renewed = await signServerCertificate(ca);
  write('cert.pem', renewed.cert);
  write('key.pem', renewed.key);
  const second = await open();
  assert.notEqual(second.getPeerCertificate().serialNumber, first.getPeerCertificate().serialNumber);
  write('list.crl', await signRevocationList(ca, [client]));
  await assert.rejects(open());
  first.end('after\n');
  second.end('second\n');
  const bodies = (await waitForRecords(bench, 3)).map(({ body }) => body);
  assert.deepEqual(bodies.sort(), ['after', 'before', 'second']);
});
