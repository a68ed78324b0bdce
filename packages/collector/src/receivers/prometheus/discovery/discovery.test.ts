import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { pino } from 'pino';
import type { DiscoveredLabels } from '../labels/target-labels.ts';
import { createDnsDiscovery } from './dns.ts';
import { createFileDiscovery } from './file.ts';

function createContext() {
  const lines: { reason?: string; msg: string }[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { clock: createManualClock(), logger, environment: {}, random: () => 0.5, job: 'j', lines };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('files are read at first and when they change, and an invalid one keeps its targets', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-sd-'));
  const write = async (name: string, text: string) => {
    await writeFile(join(directory, `${name}.tmp`), text);
    await rename(join(directory, `${name}.tmp`), join(directory, name));
  };
  await write('a.yaml', '- targets: [a:1, a:2]\n  labels: {zone: z, size: 3}\n');
  await write('b.json', '[{"targets": ["b:1"]}]');
  await write('ignored.txt', 'x');
  const context = createContext();
  const files = [join(directory, '*.yaml'), join(directory, 'b.json')];
  const discovery = createFileDiscovery({ files, refreshInterval: 60_000 }, context);
  let found: readonly DiscoveredLabels[] = [];
  await discovery.start((targets) => {
    found = targets;
  });
  const addresses = () => found.map((labels) => labels['__address__']).join(' ');
  const until = async (expected: string) => {
    while (addresses() !== expected) {
      await context.clock.advance(100);
      await turn();
    }
  };
  await until('a:1 a:2 b:1');
  assert.deepEqual(found[0], { zone: 'z', size: '3', __address__: 'a:1', __meta_filepath: join(directory, 'a.yaml') });
  await write('b.json', '{');
  await write('a.yaml', '- targets: [c:1]\n');
  await until('c:1 b:1');
  assert.match(context.lines.find(({ msg }) => msg.startsWith('target file is invalid'))?.reason ?? '', /JSON/);
  await discovery.stop();
  await rm(directory, { recursive: true });
});

/** A DNS server that has two SRV records, one A record and no others. */
async function startDns() {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const end = query.indexOf(0, 12) + 5;
    const type = query.readUInt16BE(end - 4);
    const record = (data: Buffer) => {
      const head = Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
      return Buffer.concat([head, data]);
    };
    const service = (name: string, at: number) =>
      record(Buffer.from([0, 1, 0, 1, at >> 8, at & 255, name.length, ...Buffer.from(name), 0]));
    const records =
      type === 33
        ? [service('one', 9100), service('two', 9200)]
        : type === 1
          ? [record(Buffer.from([10, 0, 0, 1]))]
          : [];
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(records.length === 0 ? 0x8183 : 0x8180, 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([head, query.subarray(12, end), ...records]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { socket, address: `127.0.0.1:${(socket.address() as AddressInfo).port}` };
}

test('DNS records become targets', async () => {
  const { socket, address } = await startDns();
  for (const [type, port, expected] of [
    ['SRV', 0, ['one:9100', 'two:9200']],
    ['A', 80, ['10.0.0.1:80']],
    ['MX', 25, []],
  ] as const) {
    const context = createContext();
    const discovery = createDnsDiscovery(
      { names: ['_m._tcp.example'], type, port, refreshInterval: 30_000 },
      context,
      address,
    );
    const found = Promise.withResolvers<readonly DiscoveredLabels[]>();
    await discovery.start(found.resolve);
    const targets = await found.promise;
    assert.deepEqual(
      targets.map((labels) => labels['__address__']),
      expected,
      type,
    );
    if (type === 'SRV') assert.equal(targets[0]?.['__meta_dns_srv_record_target'], 'one.');
    await discovery.stop();
  }
  socket.close();
});
