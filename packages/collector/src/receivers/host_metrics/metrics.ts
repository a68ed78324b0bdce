/** A metric of a scraper. */
export interface HostMetric {
  readonly kind: 'gauge' | 'sum';
  readonly isMonotonic: boolean;
  /** Whether its values are integers. */
  readonly isInteger: boolean;
  readonly unit: string;
  readonly description: string;
  /** Whether it is collected by default. */
  readonly isEnabled: boolean;
}

/** The scrapers of the receiver. */
export type ScraperName = keyof typeof HOST_METRICS;

function metric(
  type: 'gauge' | 'sum' | 'counter',
  value: 'int' | 'double',
  unit: string,
  isEnabled: boolean,
  description: string,
): HostMetric {
  const kind = type === 'counter' ? 'sum' : type;
  return { kind, isMonotonic: type === 'counter', isInteger: value === 'int', unit, description, isEnabled };
}

/** The metrics of each scraper on Linux, as the Collector has them. */
export const HOST_METRICS = {
  cpu: {
    'system.cpu.frequency': metric('gauge', 'double', 'Hz', false, 'Current frequency of the CPU core in Hz.'),
    'system.cpu.logical.count': metric('sum', 'int', '{cpu}', true, 'Number of available logical CPUs.'),
    'system.cpu.physical.count': metric('sum', 'int', '{cpu}', false, 'Number of available physical CPUs.'),
    'system.cpu.time': metric('counter', 'double', 's', true, 'Total seconds each logical CPU spent on each mode.'),
    'system.cpu.utilization': metric(
      'gauge',
      'double',
      '1',
      false,
      'Difference in system.cpu.time since the last measurement per logical CPU, divided by the elapsed time (value in interval [0,1]).',
    ),
  },
  disk: {
    'system.disk.io': metric('counter', 'int', 'By', true, 'Disk bytes transferred.'),
    'system.disk.io_time': metric('counter', 'double', 's', true, 'Time disk spent activated.'),
    'system.disk.merged': metric(
      'counter',
      'int',
      '{operations}',
      true,
      'The number of disk reads/writes merged into single physical disk access operations.',
    ),
    'system.disk.operation_time': metric('counter', 'double', 's', true, 'Time spent in disk operations.'),
    'system.disk.operations': metric('counter', 'int', '{operations}', true, 'Disk operations count.'),
    'system.disk.pending_operations': metric(
      'sum',
      'int',
      '{operations}',
      true,
      'The queue size of pending I/O operations.',
    ),
    'system.disk.weighted_io_time': metric(
      'counter',
      'double',
      's',
      true,
      'Time disk spent activated multiplied by the queue length.',
    ),
  },
  filesystem: {
    'system.filesystem.inodes.usage': metric('sum', 'int', '{inodes}', true, 'FileSystem inodes used.'),
    'system.filesystem.usage': metric('sum', 'int', 'By', true, 'Filesystem bytes used.'),
    'system.filesystem.utilization': metric('gauge', 'double', '1', false, 'Fraction of filesystem bytes used.'),
  },
  load: {
    'system.cpu.load_average.15m': metric('gauge', 'double', '{thread}', true, 'Average CPU Load over 15 minutes.'),
    'system.cpu.load_average.1m': metric('gauge', 'double', '{thread}', true, 'Average CPU Load over 1 minute.'),
    'system.cpu.load_average.5m': metric('gauge', 'double', '{thread}', true, 'Average CPU Load over 5 minutes.'),
  },
  memory: {
    'system.linux.memory.available': metric(
      'sum',
      'int',
      'By',
      false,
      'An estimate of how much memory is available for starting new applications, without swapping. This is a more accurate alternative than system.memory.usage with state=free. (Linux only)',
    ),
    'system.linux.memory.dirty': metric(
      'sum',
      'int',
      'By',
      false,
      'The amount of dirty memory according to `/proc/meminfo`.',
    ),
    'system.memory.limit': metric('sum', 'int', 'By', false, 'Total bytes of memory available.'),
    'system.memory.linux.hugepages.limit': metric(
      'sum',
      'int',
      '{page}',
      false,
      'Total number of hugepages available.',
    ),
    'system.memory.linux.hugepages.page_size': metric('sum', 'int', 'By', false, 'System hugepage size in bytes.'),
    'system.memory.linux.hugepages.reserved': metric(
      'sum',
      'int',
      '{page}',
      false,
      'Number of reserved hugepages (hugepages for which a commitment to allocate has been made, but no allocation has yet been made).',
    ),
    'system.memory.linux.hugepages.surplus': metric(
      'sum',
      'int',
      '{page}',
      false,
      'Number of surplus hugepages (overcommitted hugepages beyond the persistent pool).',
    ),
    'system.memory.linux.hugepages.usage': metric(
      'sum',
      'int',
      '{page}',
      false,
      'Number of hugepages in use by state.',
    ),
    'system.memory.linux.hugepages.utilization': metric(
      'gauge',
      'double',
      '1',
      false,
      'Percentage of hugepages in use by state.',
    ),
    'system.memory.linux.shared': metric(
      'sum',
      'int',
      'By',
      false,
      'Shared memory usage, including tmpfs filesystems and System V/POSIX shared memory. Only supported on Linux.',
    ),
    'system.memory.page_size': metric(
      'gauge',
      'int',
      'By',
      false,
      "A constant value for the system's configured page size.",
    ),
    'system.memory.usage': metric('sum', 'int', 'By', true, 'Bytes of memory in use.'),
    'system.memory.utilization': metric('gauge', 'double', '1', false, 'Percentage of memory bytes in use.'),
  },
  network: {
    'system.network.connections': metric('sum', 'int', '{connections}', true, 'The number of connections.'),
    'system.network.conntrack.count': metric(
      'sum',
      'int',
      '{entries}',
      false,
      'The count of entries in conntrack table.',
    ),
    'system.network.conntrack.max': metric(
      'sum',
      'int',
      '{entries}',
      false,
      'The limit for entries in the conntrack table.',
    ),
    'system.network.dropped': metric('counter', 'int', '{packets}', true, 'The number of packets dropped.'),
    'system.network.errors': metric('counter', 'int', '{errors}', true, 'The number of errors encountered.'),
    'system.network.io': metric('counter', 'int', 'By', true, 'The number of bytes transmitted and received.'),
    'system.network.packets': metric('counter', 'int', '{packets}', true, 'The number of packets transferred.'),
  },
  paging: {
    'system.paging.faults': metric('counter', 'int', '{faults}', true, 'The number of page faults.'),
    'system.paging.operations': metric('counter', 'int', '{operations}', true, 'The number of paging operations.'),
    'system.paging.usage': metric('sum', 'int', 'By', true, 'Swap (unix) or pagefile (windows) usage.'),
    'system.paging.utilization': metric(
      'gauge',
      'double',
      '1',
      false,
      'Swap (unix) or pagefile (windows) utilization.',
    ),
  },
  process: {
    'process.context_switches': metric(
      'counter',
      'int',
      '{count}',
      false,
      'Number of times the process has been context switched.',
    ),
    'process.cpu.time': metric('counter', 'double', 's', true, 'Total CPU seconds broken down by different states.'),
    'process.cpu.utilization': metric(
      'gauge',
      'double',
      '1',
      false,
      'Percentage of total CPU time used by the process since last scrape, expressed as a value between 0 and 1. On the first scrape, no data point is emitted for this metric.',
    ),
    'process.disk.io': metric('counter', 'int', 'By', true, 'Disk bytes transferred.'),
    'process.disk.operations': metric(
      'counter',
      'int',
      '{operations}',
      false,
      'Number of disk operations performed by the process.',
    ),
    'process.memory.usage': metric('sum', 'int', 'By', true, 'The amount of physical memory in use.'),
    'process.memory.utilization': metric(
      'gauge',
      'double',
      '1',
      false,
      'Percentage of total physical memory that is used by the process.',
    ),
    'process.memory.virtual': metric('sum', 'int', 'By', true, 'The amount of committed virtual memory.'),
    'process.open_file_descriptors': metric(
      'sum',
      'int',
      '{count}',
      false,
      'Number of file descriptors in use by the process.',
    ),
    'process.paging.faults': metric('counter', 'int', '{faults}', false, 'Number of page faults the process has made.'),
    'process.signals_pending': metric('sum', 'int', '{signals}', false, 'Number of pending signals for the process.'),
    'process.threads': metric('sum', 'int', '{threads}', false, 'Process threads count.'),
    'process.uptime': metric('gauge', 'double', 's', false, 'The time the process has been running.'),
  },
  processes: {
    'system.processes.count': metric('sum', 'int', '{processes}', true, 'Total number of processes in each state.'),
    'system.processes.created': metric(
      'counter',
      'int',
      '{processes}',
      true,
      'Total number of created processes. Supported on Linux and OpenBSD.',
    ),
  },
  system: {
    'system.uptime': metric('gauge', 'double', 's', true, 'The time the system has been running'),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, HostMetric>>>>;
