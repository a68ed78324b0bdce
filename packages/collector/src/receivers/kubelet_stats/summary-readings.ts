import { valueAt } from '../scraping/json-paths.ts';
import type { Reading, ReadingAttributes } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import { elementsAt, type ResourceLimits, textAt } from './pod-details.ts';

/** The capacity of the node; 0 if it is unknown. */
export interface NodeCapacity {
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** Where values of a resource are in the summary, and what names of their metrics start with. */
export interface Subject {
  readonly prefix: string;
  /** What names of utilization metrics start with. */
  readonly utilization?: string;
  /** The member with the file system. */
  readonly filesystem?: string;
  readonly limits?: ResourceLimits | undefined;
  readonly allInterfaces?: boolean;
}

const MEMORY: Readonly<Record<string, string>> = {
  available: 'availableBytes',
  usage: 'usageBytes',
  rss: 'rssBytes',
  working_set: 'workingSetBytes',
  page_faults: 'pageFaults',
  major_page_faults: 'majorPageFaults',
};
const FILESYSTEM: Readonly<Record<string, string>> = {
  available: 'availableBytes',
  capacity: 'capacityBytes',
  usage: 'usedBytes',
  'inode.count': 'inodes',
  'inode.free': 'inodesFree',
};
const VOLUME: Readonly<Record<string, string>> = {
  'k8s.volume.available': 'availableBytes',
  'k8s.volume.capacity': 'capacityBytes',
  'k8s.pod.volume.usage': 'usedBytes',
  'k8s.volume.inodes': 'inodes',
  'k8s.volume.inodes.free': 'inodesFree',
  'k8s.volume.inodes.used': 'inodesUsed',
};

/** Returns the CPUs used from the CPU time and the time it was measured. */
export type CpuUsage = (seconds: number | undefined, timeMillis: number) => number | undefined;

/** Returns the readings of the statistics of a node, pod or container. */
export function statsReadings(
  stats: unknown,
  subject: Subject,
  capacity: NodeCapacity,
  coresOf: CpuUsage,
  fail: ReportFailure,
): readonly Reading[] {
  const { prefix, filesystem } = subject;
  const seconds = scaled(numberAt(stats, 'cpu.usageCoreNanoSeconds', fail));
  const cores = coresOf(seconds, Date.parse(textAt(stats, 'cpu.time')));
  const usedBytes = numberAt(stats, 'memory.usageBytes', fail);
  return [
    ...reading(`${prefix}.cpu.usage`, cores),
    ...reading(`${prefix}.cpu.time`, seconds),
    ...utilizationReadings(subject, capacity, cores, usedBytes),
    ...readAll(stats, 'memory', `${prefix}.memory.`, MEMORY, fail),
    ...(filesystem === undefined ? [] : readAll(stats, filesystem, `${prefix}.filesystem.`, FILESYSTEM, fail)),
    ...networkReadings(stats, subject, fail),
  ];
}

function utilizationReadings(
  { utilization, limits }: Subject,
  capacity: NodeCapacity,
  cores: number | undefined,
  usedBytes: number | bigint | undefined,
): readonly Reading[] {
  if (utilization === undefined) return [];
  const share = (name: string, used: number | undefined, of: number | undefined): readonly Reading[] =>
    used === undefined || of === undefined || of <= 0 ? [] : reading(`${utilization}.${name}`, used / of);
  const bytes = usedBytes === undefined ? undefined : Number(usedBytes);
  return [
    ...share('cpu.node.utilization', cores, capacity.cpus),
    ...share('cpu_limit_utilization', cores, limits?.cpuLimit),
    ...share('cpu_request_utilization', cores, limits?.cpuRequest),
    ...share('memory.node.utilization', bytes, capacity.memoryBytes),
    ...share('memory_limit_utilization', bytes, limits?.memoryLimit),
    ...share('memory_request_utilization', bytes, limits?.memoryRequest),
  ];
}

function networkReadings(stats: unknown, { prefix, allInterfaces }: Subject, fail: ReportFailure): readonly Reading[] {
  if (allInterfaces === undefined) return [];
  const network = valueAt(stats, 'network');
  const interfaces = allInterfaces ? elementsAt(network, 'interfaces') : [network];
  const sides = { receive: 'rx', transmit: 'tx' } as const;
  return interfaces.flatMap((one) =>
    Object.entries(sides).flatMap(([direction, side]) => {
      const attributes = { interface: textAt(one, 'name'), direction };
      return [
        ...reading(`${prefix}.network.io`, numberAt(one, `${side}Bytes`, fail), attributes),
        ...reading(`${prefix}.network.errors`, numberAt(one, `${side}Errors`, fail), attributes),
      ];
    }),
  );
}

/** Returns the time since a start; none if there is no start. */
export function uptimeReadings({ prefix }: Subject, startedMillis: number, nowMillis: number): readonly Reading[] {
  return startedMillis > 0 ? reading(`${prefix}.uptime`, Math.max(0, (nowMillis - startedMillis) / 1000)) : [];
}

/** Returns the storage that a container uses on the node. */
export function ephemeralReadings(container: unknown, fail: ReportFailure): readonly Reading[] {
  return ['rootfs', 'logs'].flatMap((type) =>
    reading('k8s.container.ephemeral_storage.usage', numberAt(container, `${type}.usedBytes`, fail), {
      'fs.type': type,
    }),
  );
}

/** Returns the readings of a volume. */
export function volumeReadings(volume: unknown, fail: ReportFailure): readonly Reading[] {
  return Object.entries(VOLUME).flatMap(([metric, field]) => reading(metric, numberAt(volume, field, fail)));
}

function readAll(
  stats: unknown,
  member: string,
  prefix: string,
  fields: Readonly<Record<string, string>>,
  fail: ReportFailure,
): readonly Reading[] {
  const part = valueAt(stats, member);
  return Object.entries(fields).flatMap(([name, field]) => reading(prefix + name, numberAt(part, field, fail)));
}

function reading(
  metric: string,
  value: number | bigint | undefined,
  attributes?: ReadingAttributes,
): readonly Reading[] {
  if (value === undefined) return [];
  return [attributes === undefined ? { metric, value } : { metric, value, attributes }];
}

const MAX_INTEGER = 2n ** 63n - 1n;

/** Returns a number that is not negative; `undefined` if there is none, which is reported if there is something else. */
function numberAt(document: unknown, path: string, fail: ReportFailure): number | bigint | undefined {
  const value = valueAt(document, path);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && value >= 0 && value < Number(MAX_INTEGER)) return value;
  if (typeof value === 'bigint' && value >= 0n && value <= MAX_INTEGER) return value;
  const got = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  fail(`${path}: expected a number of 63 bits, got ${got.slice(0, 40)}`);
  return undefined;
}

/** Converts billionths. */
function scaled(value: number | bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value) / 1e9;
}
