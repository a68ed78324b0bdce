import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { recordingReceiver } from '../component/discovery/observing.testing.ts';
import { hostObserver } from './host_observer.ts';

extensionContract(hostObserver, { config: {} });

async function observe(t: TestContext, environment: Readonly<Record<string, string>>) {
  const { definition, endpoints } = recordingReceiver('host_observer');
  const bench = await createComponentBench(definition, {
    environment,
    extensions: { host_observer: { definition: hostObserver, config: {} } },
  });
  t.after(() => bench.close());
  await bench.start();
  const until = async (isReached: () => boolean) => {
    while (!isReached()) await bench.clock.advance(1000);
  };
  const failure = () => bench.service.host.statuses().find(({ component }) => component === 'host_observer')?.error;
  return { endpoints, until, failure };
}

test('reports a server of this process, and that it has closed', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { endpoints, until } = await observe(t, {});
  const ofServer = () => endpoints.values().find(({ target }) => target === `127.0.0.1:${port}`);
  await until(() => ofServer() !== undefined);
  const found = ofServer();
  assert.equal(found?.id, `(host_observer)127.0.0.1-${port}-TCP-${process.pid}`);
  assert.equal(found.type, 'hostport');
  const { process_name, command, ...details } = found.details;
  assert.deepEqual(details, { port, transport: 'TCP', is_ipv6: false, os: 'linux' });
  assert.ok(String(process_name).length > 0 && String(command).startsWith(process.argv0));
  server.close();
  await until(() => ofServer() === undefined);
});

test('reads addresses of both families, sockets without a known process, and keeps endpoints while it fails', async (t) => {
  const proc = mkdtempSync(join(tmpdir(), 'otelier-proc-'));
  t.after(() => rmSync(proc, { recursive: true, force: true }));
  const table = (name: string, ...rows: readonly string[]) =>
    writeFileSync(join(proc, 'net', name), ['  sl  local_address rem_address   st …', ...rows, ''].join('\n'));
  const row = (local: string, state: string, inode: number, peer = '00000000:0000') =>
    `   0: ${local} ${peer} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0`;
  for (const directory of ['net', '17/fd', '18']) mkdirSync(join(proc, directory), { recursive: true });
  table(
    'tcp',
    row('00000000:1F90', '0A', 1),
    row('0100007F:0050', '0A', 2),
    row('0100007F:0050', '01', 3, '0100007F:CAFE'),
    'damaged',
    row('0100007F:XXXX', '0A', 4),
  );
  table(
    'tcp6',
    row('00000000000000000000000000000000:0051', '0A', 5),
    row('0000000000000000FFFF00000100007F:0052', '0A', 6),
    row('B80D01200000000000000000010000FE:0053', '0A', 7),
  );
  table('udp', row('00000000:0035', '07', 8), row('00000000:0036', '07', 9, '0100007F:0001'), row('', '07', 10));
  writeFileSync(join(proc, '17', 'comm'), 'redis-server-of-\n');
  writeFileSync(join(proc, '17', 'cmdline'), '/bin/redis-server-of-shop\0*:6379\0');
  symlinkSync('socket:[1]', join(proc, '17', 'fd', '3'));
  symlinkSync('/dev/null', join(proc, '17', 'fd', '4'));
  const { endpoints, until, failure } = await observe(t, { HOST_PROC: proc });
  await until(() => endpoints.size > 0);
  const of = (name: string, command: string, port: number, transport = 'TCP', is_ipv6 = false) => ({
    ...{ process_name: name, command, port, transport, is_ipv6, os: 'linux' },
  });
  assert.deepEqual(
    Object.fromEntries(endpoints.values().map(({ id, target, details }) => [`${id} ${target}`, details])),
    {
      '(host_observer)127.0.0.1-8080-TCP-17 127.0.0.1:8080': of(
        'redis-server-of-shop',
        '/bin/redis-server-of-shop *:6379',
        8080,
      ),
      '(host_observer)127.0.0.1-80-TCP 127.0.0.1:80': of('', '', 80),
      '(host_observer)[::]-81-TCP [::]:81': of('', '', 81, 'TCP', true),
      '(host_observer)127.0.0.1-82-TCP 127.0.0.1:82': of('', '', 82),
      '(host_observer)[2001:db8::fe00:1]-83-TCP [2001:db8::fe00:1]:83': of('', '', 83, 'TCP', true),
      '(host_observer)127.0.0.1-53-UDP 127.0.0.1:53': of('', '', 53, 'UDP'),
    },
  );
  const before = endpoints.size;
  rmSync(join(proc, 'net', 'tcp'));
  await until(() => failure() !== undefined);
  assert.match(failure() ?? '', /ENOENT.*tcp/);
  assert.equal(endpoints.size, before);
  table('tcp');
  await until(() => failure() === undefined && endpoints.size === 4);
});
