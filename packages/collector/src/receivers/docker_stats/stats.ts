import { membersAt, valueAt } from '../scraping/json-paths.ts';
import type { Reading, ReadingAttributes } from '../scraping/reading.ts';
import { DOCKER_METRICS } from './metrics.ts';

/** Returns the readings of the statistics of a container (`GET /containers/{id}/stats`), without counters below 0. */
export function statsReadings(stats: object): readonly Reading[] {
  return [
    ...cpuReadings(stats),
    ...memoryReadings(stats),
    ...blockReadings(stats),
    ...networkReadings(stats),
    ...pids(stats),
  ].filter(({ metric, value }) => value >= 0 || !isCounter(metric));
}

/**
 * Podman computes the time in user mode as a difference of two counters that it reads one after the other. The result of
 * a container that has just started can be below 0, which is near 2^64 as an unsigned integer.
 */
function isCounter(name: string): boolean {
  return DOCKER_METRICS.metrics[name as keyof typeof DOCKER_METRICS.metrics].isMonotonic;
}

const CPU = [
  ['system_cpu_usage', 'container.cpu.usage.system'],
  ['cpu_usage.total_usage', 'container.cpu.usage.total'],
  ['cpu_usage.usage_in_kernelmode', 'container.cpu.usage.kernelmode'],
  ['cpu_usage.usage_in_usermode', 'container.cpu.usage.usermode'],
  ['throttling_data.throttled_periods', 'container.cpu.throttling_data.throttled_periods'],
  ['throttling_data.periods', 'container.cpu.throttling_data.periods'],
  ['throttling_data.throttled_time', 'container.cpu.throttling_data.throttled_time'],
  ['online_cpus', 'container.cpu.logical.count'],
] as const;

function cpuReadings(stats: object): readonly Reading[] {
  const cpu = valueAt(stats, 'cpu_stats');
  const cores = valueAt(cpu, 'cpu_usage.percpu_usage');
  return [
    ...CPU.map(([path, metric]) => ({ metric, value: integerAt(cpu, path) })),
    { metric: 'container.cpu.utilization', value: cpuPercent(cpu, valueAt(stats, 'precpu_stats'), cores) },
    ...(Array.isArray(cores) ? cores : []).map((value: unknown, core) => ({
      metric: 'container.cpu.usage.percpu',
      value: integerOf(value),
      attributes: { core: `cpu${core}` },
    })),
  ];
}

/** Returns the share of the host's CPU time since the previous statistics, times the number of CPUs. */
function cpuPercent(cpu: unknown, previous: unknown, cores: unknown): number {
  const delta = (path: string): number => Number(integerAt(cpu, path)) - Number(integerAt(previous, path));
  const [used, all] = [delta('cpu_usage.total_usage'), delta('system_cpu_usage')];
  const count = Number(integerAt(cpu, 'online_cpus')) || (Array.isArray(cores) ? cores.length : 0);
  return all > 0 && used > 0 ? (used / all) * count * 100 : 0;
}

function memoryReadings(stats: object): readonly Reading[] {
  const memory = valueAt(stats, 'memory_stats');
  const limit = integerAt(memory, 'limit');
  const used = usageWithoutCache(memory);
  return [
    { metric: 'container.memory.usage.total', value: used },
    { metric: 'container.memory.usage.limit', value: limit },
    { metric: 'container.memory.percent', value: Number(limit) === 0 ? 0 : (Number(used) / Number(limit)) * 100 },
    { metric: 'container.memory.usage.max', value: integerAt(memory, 'max_usage') },
    { metric: 'container.memory.fails', value: integerAt(memory, 'failcnt') },
    ...membersAt(memory, 'stats')
      .map(([name, value]) => ({ metric: `container.memory.${name}`, value: integerOf(value) }))
      .filter(({ metric }) => Object.hasOwn(DOCKER_METRICS.metrics, metric)),
  ];
}

/** The file cache that can be reclaimed does not count, as in `docker stats`. */
function usageWithoutCache(memory: unknown): bigint {
  const usage = integerAt(memory, 'usage');
  for (const name of ['total_inactive_file', 'inactive_file']) {
    const inactive = valueAt(memory, `stats.${name}`);
    if (inactive !== undefined && integerOf(inactive) < usage) return usage - integerOf(inactive);
  }
  return usage;
}

const BLOCK = {
  io_merged_recursive: 'container.blockio.io_merged_recursive',
  io_queue_recursive: 'container.blockio.io_queued_recursive',
  io_service_bytes_recursive: 'container.blockio.io_service_bytes_recursive',
  io_service_time_recursive: 'container.blockio.io_service_time_recursive',
  io_serviced_recursive: 'container.blockio.io_serviced_recursive',
  io_time_recursive: 'container.blockio.io_time_recursive',
  io_wait_time_recursive: 'container.blockio.io_wait_time_recursive',
  sectors_recursive: 'container.blockio.sectors_recursive',
};

function blockReadings(stats: object): readonly Reading[] {
  return Object.entries(BLOCK).flatMap(([name, metric]) => {
    const entries = valueAt(stats, `blkio_stats.${name}`);
    return (Array.isArray(entries) ? entries : []).map((entry: unknown) => ({
      metric,
      value: integerAt(entry, 'value'),
      attributes: blockAttributes(entry),
    }));
  });
}

function blockAttributes(entry: unknown): ReadingAttributes {
  return {
    device_major: String(integerAt(entry, 'major')),
    device_minor: String(integerAt(entry, 'minor')),
    operation: String(valueAt(entry, 'op') ?? '').toLowerCase(),
  };
}

const NETWORK = [
  'rx_bytes',
  'tx_bytes',
  'rx_dropped',
  'tx_dropped',
  'rx_packets',
  'tx_packets',
  'rx_errors',
  'tx_errors',
];

function networkReadings(stats: object): readonly Reading[] {
  return membersAt(stats, 'networks').flatMap(([name, network]) =>
    NETWORK.map((key) => ({
      metric: `container.network.io.usage.${key}`,
      value: integerAt(network, key),
      attributes: { interface: name },
    })),
  );
}

/** Kernels that do not count processes have no readings. */
function pids(stats: object): readonly Reading[] {
  const [count, limit] = [integerAt(stats, 'pids_stats.current'), integerAt(stats, 'pids_stats.limit')];
  if (count === 0n) return [];
  const readings = [{ metric: 'container.pids.count', value: count }];
  return limit === 0n ? readings : [...readings, { metric: 'container.pids.limit', value: limit }];
}

function integerAt(document: unknown, path: string): bigint {
  return integerOf(valueAt(document, path));
}

/** Returns an integer; 0 if there is none. Unsigned integers become signed ones of the same bits. */
function integerOf(value: unknown): bigint {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value);
  return typeof value === 'number' && Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}
