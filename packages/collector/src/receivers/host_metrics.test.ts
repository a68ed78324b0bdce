import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { HOST_METRICS } from './host_metrics/metrics.ts';
import { hostMetrics } from './host_metrics.ts';
import { pointsOf, type ShownPoint } from './prometheus/pages.testing.ts';

const BOOT = 1_699_990_000;

/** A small system: two processors, a disk, an interface, a swap file and three processes. */
const FILES: Readonly<Record<string, string>> = {
  'proc/stat': `cpu  300 20 110 4000 50 3 4 5 0 0
cpu0 100 10 50 2000 20 1 2 3 0 0
cpu1 200 10 60 2000 30 2 2 2 0 0
ctxt 5000
btime ${BOOT}
processes 1234
procs_running 2
procs_blocked 1
`,
  'proc/cpuinfo': `processor\t: 0\ncpu MHz\t\t: 2500.5\nphysical id\t: 0\ncore id\t\t: 0\n\nprocessor\t: 1\ncpu MHz\t\t: 2400\nphysical id\t: 0\ncore id\t\t: 0\n\n`,
  'proc/diskstats': `   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0
 253       0 vda 100 10 2000 500 200 20 4000 1500 3 700 2100 0 0 0 0
 253       1 vda1 1 0 8 1 0 0 0 0 0 1 1 0 0 0 0
`,
  'proc/loadavg': '0.50 1.25 2.00 1/200 999\n',
  'proc/meminfo': `MemTotal:       1000 kB
MemFree:         100 kB
MemAvailable:    600 kB
Buffers:          50 kB
Cached:          400 kB
Dirty:             4 kB
Shmem:            20 kB
SReclaimable:     30 kB
SUnreclaim:       10 kB
HugePages_Total:       8
HugePages_Free:        6
HugePages_Rsvd:        1
HugePages_Surp:        0
Hugepagesize:       2048 kB
`,
  'proc/net/dev': `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0          0
  eth0:5000 50 1 2 0 0 0 0 7000 70 3 4 0 0 0 0
`,
  'proc/net/tcp': `  sl  local_address rem_address   st
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000
   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000
   2: 0100007F:C001 0100007F:1F90 01 00000000:00000000
`,
  'proc/sys/net/netfilter/nf_conntrack_count': '12\n',
  'proc/sys/net/netfilter/nf_conntrack_max': '65536\n',
  'proc/swaps':
    'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/swap.img                               file\t\t2000\t\t500\t\t-2\n',
  'proc/vmstat': 'pgpgin 10\npgpgout 20\npswpin 1\npswpout 2\npgfault 100\npgmajfault 7\n',
  'proc/uptime': '10000.55 19000.00\n',
  'proc/filesystems': 'nodev\tproc\nnodev\ttmpfs\n\text4\n',
  'proc/1/mountinfo': `22 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
23 22 0:5 / /proc ro,nosuid - proc proc rw
24 22 253:2 / /my\\040data ro,relatime - ext4 /dev/vdb rw
`,
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/:/bin/false\n',
};

function processFiles(pid: number, command: string, state: string, user: number): Record<string, string> {
  const fields = [1, 1, 1, 0, -1, 0, 11, 0, 12, 0, 250, 150, 0, 0, 20, 0, 4, 0, 5000, 8_192_000, 100];
  const rest = new Array(17).fill(0);
  return {
    [`proc/${pid}/stat`]: `${pid} (${command}) ${state} ${[...fields, ...rest].join(' ')} 5 0 0\n`,
    [`proc/${pid}/status`]: `Name:\t${command}\nUid:\t${user}\t${user}\nSigQ:\t3/100\nvoluntary_ctxt_switches:\t40\nnonvoluntary_ctxt_switches:\t2\n`,
    [`proc/${pid}/io`]: 'rchar: 1000\nwchar: 2000\nsyscr: 10\nsyscw: 20\nread_bytes: 1\nwrite_bytes: 2\n',
    [`proc/${pid}/cmdline`]: `/usr/bin/${command}-full-name\0--port\0${pid}\0`,
    [`proc/${pid}/cgroup`]: '0::/system.slice\n',
    [`proc/${pid}/fd/0`]: '',
    [`proc/${pid}/fd/1`]: '',
  };
}

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'otelier-host-'));
  const all = {
    ...FILES,
    ...processFiles(10, 'nginx', 'S', 33),
    ...processFiles(11, 'a-very-long-nam', 'Z', 0),
    ...processFiles(12, 'idle (x)', 'I', 0),
    'my data/file': '',
  };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  for (const pid of [10, 11, 12]) await symlink(`/usr/sbin/p${pid}`, join(root, `proc/${pid}/exe`));
});
after(() => rm(root, { recursive: true }));

receiverContract(hostMetrics, {
  clock: systemClock,
  config: { initial_delay: '0s', scrapers: { load: {}, memory: null } },
});

/** Runs scrapers over the fixture once, or a second time, and returns the points. */
async function read(scrapers: Record<string, unknown>, rounds = 1, prefix = root): Promise<ShownPoint[]> {
  const config = { root_path: prefix, initial_delay: '1s', collection_interval: '10s', scrapers };
  const bench = await createComponentBench(hostMetrics, { config, startMillis: (BOOT + 10_000) * 1000 });
  await bench.start();
  const count = Object.keys(scrapers).length;
  await bench.clock.advance(1000);
  for (let round = 1; round <= rounds; round++) {
    while (bench.received.length < count * round) await bench.clock.advance(round === 1 ? 0 : 100);
  }
  const points = pointsOf(bench.received.slice(-count).flatMap(({ parts }) => parts));
  await bench.close();
  return points;
}

function enabled(scraper: keyof typeof HOST_METRICS) {
  return { metrics: Object.fromEntries(Object.keys(HOST_METRICS[scraper]).map((name) => [name, { enabled: true }])) };
}

/** Shows points as `name{attributes} value`. */
function show(points: readonly ShownPoint[]): string[] {
  return points.map(({ name, attributes, json }) => {
    const list = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
    return `${name}{${list.join(',')}} ${json['asInt'] ?? json['asDouble']}`;
  });
}

test('reads processors, with utilization from the second reading on', async () => {
  const points = show(await read({ cpu: enabled('cpu') }));
  assert.deepEqual(points.slice(0, 3), [
    'system.cpu.time{cpu=cpu0,state=user} 1',
    'system.cpu.time{cpu=cpu0,state=nice} 0.1',
    'system.cpu.time{cpu=cpu0,state=system} 0.5',
  ]);
  assert.deepEqual(points.slice(16), [
    'system.cpu.logical.count{} 2',
    'system.cpu.frequency{cpu=cpu0} 2500500000',
    'system.cpu.frequency{cpu=cpu1} 2400000000',
    'system.cpu.physical.count{} 1',
  ]);
  const second = await read({ cpu: enabled('cpu') }, 2);
  assert.equal(second.filter(({ name }) => name === 'system.cpu.utilization').length, 16);
  assert.equal(second[0]?.startMillis, BOOT * 1000);
});

test('reads disks, interfaces and connections, by filters', async () => {
  const disk = { include: { match_type: 'regexp', devices: ['^vda$'] } };
  assert.deepEqual(show(await read({ disk })), [
    'system.disk.io{device=vda,direction=read} 1024000',
    'system.disk.io{device=vda,direction=write} 2048000',
    'system.disk.operations{device=vda,direction=read} 100',
    'system.disk.operations{device=vda,direction=write} 200',
    'system.disk.io_time{device=vda} 0.7',
    'system.disk.operation_time{device=vda,direction=read} 0.5',
    'system.disk.operation_time{device=vda,direction=write} 1.5',
    'system.disk.weighted_io_time{device=vda} 2.1',
    'system.disk.pending_operations{device=vda} 3',
    'system.disk.merged{device=vda,direction=read} 10',
    'system.disk.merged{device=vda,direction=write} 20',
  ]);
  const network = { ...enabled('network'), exclude: { match_type: 'strict', interfaces: ['lo'] } };
  const points = show(await read({ network })).filter((line) => !line.endsWith(' 0'));
  assert.deepEqual(points, [
    'system.network.packets{device=eth0,direction=transmit} 70',
    'system.network.packets{device=eth0,direction=receive} 50',
    'system.network.dropped{device=eth0,direction=transmit} 4',
    'system.network.dropped{device=eth0,direction=receive} 2',
    'system.network.errors{device=eth0,direction=transmit} 3',
    'system.network.errors{device=eth0,direction=receive} 1',
    'system.network.io{device=eth0,direction=transmit} 7000',
    'system.network.io{device=eth0,direction=receive} 5000',
    'system.network.connections{protocol=tcp,state=ESTABLISHED} 2',
    'system.network.connections{protocol=tcp,state=LISTEN} 1',
    'system.network.conntrack.count{} 12',
    'system.network.conntrack.max{} 65536',
  ]);
});

test('reads load, memory, paging and uptime', async () => {
  assert.deepEqual(show(await read({ load: { cpu_average: true } })), [
    'system.cpu.load_average.1m{} 0.25',
    'system.cpu.load_average.5m{} 0.625',
    'system.cpu.load_average.15m{} 1',
  ]);
  assert.deepEqual(show(await read({ memory: null })), [
    'system.memory.usage{state=used} 409600',
    'system.memory.usage{state=free} 102400',
    'system.memory.usage{state=buffered} 51200',
    'system.memory.usage{state=cached} 440320',
    'system.memory.usage{state=slab_reclaimable} 30720',
    'system.memory.usage{state=slab_unreclaimable} 10240',
  ]);
  const memory = show(await read({ memory: enabled('memory') }));
  assert.equal(memory.length, 25);
  assert.ok(
    memory.includes('system.memory.linux.hugepages.utilization{system.memory.linux.hugepages.state=used} 0.25'),
  );
  assert.deepEqual(show(await read({ paging: enabled('paging') })), [
    'system.paging.usage{device=/swap.img,state=used} 512000',
    'system.paging.usage{device=/swap.img,state=free} 1536000',
    'system.paging.utilization{device=/swap.img,state=used} 0.25',
    'system.paging.utilization{device=/swap.img,state=free} 0.75',
    'system.paging.operations{direction=page_in,type=major} 4096',
    'system.paging.operations{direction=page_out,type=major} 8192',
    'system.paging.operations{direction=page_in,type=minor} 40960',
    'system.paging.operations{direction=page_out,type=minor} 81920',
    'system.paging.faults{type=major} 28672',
    'system.paging.faults{type=minor} 380928',
  ]);
  assert.deepEqual(show(await read({ system: {} })), ['system.uptime{} 10000']);
});

test('reads file systems with a device, and others on request', async () => {
  const mounts = async (filesystem: Record<string, unknown>) => {
    const points = await read({ filesystem });
    return [...new Set(points.map(({ attributes: { mountpoint, mode, type } }) => `${mountpoint} ${mode} ${type}`))];
  };
  assert.deepEqual(await mounts({}), ['/ rw ext4', '/my data ro ext4']);
  assert.deepEqual(await mounts({ include_virtual_filesystems: true, exclude_devices: { devices: ['/dev/vdb'] } }), [
    '/ rw ext4',
    '/proc ro proc',
  ]);
  const points = await read({ filesystem: enabled('filesystem') });
  const states = points
    .filter(({ attributes: { mountpoint } }) => mountpoint === '/')
    .map(({ name, attributes }) => [name, attributes['state']]);
  assert.deepEqual(states, [
    ['system.filesystem.usage', 'used'],
    ['system.filesystem.usage', 'free'],
    ['system.filesystem.usage', 'reserved'],
    ['system.filesystem.utilization', undefined],
    ['system.filesystem.inodes.usage', 'used'],
    ['system.filesystem.inodes.usage', 'free'],
  ]);
});

test('counts processes, and reads each as a resource', async () => {
  assert.deepEqual(show(await read({ processes: {} })).sort(), [
    'system.processes.count{status=blocked} 1',
    'system.processes.count{status=idle} 1',
    'system.processes.count{status=running} 2',
    'system.processes.count{status=sleeping} 1',
    'system.processes.count{status=zombies} 1',
    'system.processes.created{} 1234',
  ]);
  const process = { ...enabled('process'), include: { match_type: 'regexp', names: ['^nginx$', '^a-very'] } };
  const points = await read({ process });
  const own = points.filter(({ resource }) => resource['process.executable.name'] === 'nginx');
  assert.deepEqual(own[0]?.resource, {
    'process.pid': undefined,
    'process.parent_pid': undefined,
    'process.executable.name': 'nginx',
    'process.executable.path': '/usr/sbin/p10',
    'process.command': '/usr/bin/nginx-full-name',
    'process.command_line': '/usr/bin/nginx-full-name --port 10',
    'process.owner': 'web',
  });
  assert.equal(own[0]?.startMillis, (BOOT + 50) * 1000);
  assert.deepEqual(show(own), [
    'process.cpu.time{state=user} 2.5',
    'process.cpu.time{state=system} 1.5',
    'process.cpu.time{state=wait} 0.05',
    'process.memory.usage{} 409600',
    'process.memory.virtual{} 8192000',
    'process.memory.utilization{} 40',
    'process.paging.faults{type=major} 12',
    'process.paging.faults{type=minor} 11',
    'process.threads{} 4',
    'process.disk.io{direction=read} 1000',
    'process.disk.io{direction=write} 2000',
    'process.disk.operations{direction=read} 10',
    'process.disk.operations{direction=write} 20',
    'process.context_switches{type=involuntary} 2',
    'process.context_switches{type=voluntary} 40',
    'process.signals_pending{} 3',
    'process.open_file_descriptors{} 2',
    'process.uptime{} 9951',
  ]);
  const names = new Set(points.map(({ resource }) => resource['process.executable.name']));
  assert.deepEqual([...names], ['nginx', 'a-very-long-nam-full-name']);
});

test('reads this machine with every scraper', { skip: process.platform !== 'linux' }, async () => {
  const names = ['cpu', 'disk', 'filesystem', 'load', 'memory', 'network', 'paging', 'processes', 'system'] as const;
  const points = await read(Object.fromEntries(names.map((name) => [name, {}])), 1, '');
  const expected = names.flatMap((name) => Object.entries(HOST_METRICS[name]).filter(([, { isEnabled }]) => isEnabled));
  const read2 = new Set(points.map(({ name }) => name));
  // A machine without swap or disks has no points of them.
  const missing = expected
    .map(([name]) => name)
    .filter((name) => !read2.has(name) && !/paging\.usage|system\.disk/.test(name));
  assert.deepEqual(missing, []);
});

test('rejects unknown metrics, invalid expressions and a configuration without scrapers', async () => {
  const reject = (scrapers: Record<string, unknown>, message: RegExp) =>
    assert.rejects(createComponentBench(hostMetrics, { config: { scrapers } }), message);
  await reject(
    { load: { metrics: { 'system.load': { enabled: true } } } },
    /expected one of system\.cpu\.load_average/,
  );
  await reject(
    { disk: { include: { match_type: 'regexp', devices: ['('] } } },
    /scrapers\.disk\.include\.devices: expected a regular expression/,
  );
  await reject({}, /expected at least one scraper, got none/);
});
