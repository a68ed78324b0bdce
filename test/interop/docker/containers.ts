type Json = Record<string, unknown>;

/** A container, as the API of Docker documents describe it. */
export interface FakeContainer {
  /** `GET /containers/{id}/json`. */
  readonly inspected: Readonly<Record<string, unknown>>;
  /** `GET /containers/{id}/stats`, as text, because its integers have 64 bits. */
  readonly stats: string;
}

/** A configuration that collects everything. */
export const DOCKER_CONFIG = {
  excluded_images: ['undesired', 'test-*', '/^registry\\.local/'],
  container_labels_to_metric_labels: { 'com.example.team': 'team', missing: 'missing' },
  env_vars_to_metric_labels: { VERSION: 'service.version', EMPTY: 'empty' },
};

const idOf = (n: number) => String(n).padStart(2, '0').repeat(32);

function inspected(n: number, { host = {}, config = {}, state = {}, ...more }: Record<string, Json> = {}): Json {
  return {
    Id: idOf(n),
    Name: `/container-${n}`,
    Image: `sha256:${idOf(n + 1)}`,
    RestartCount: n,
    State: { Status: 'running', Running: true, Paused: false, StartedAt: '2026-01-02T03:04:05.123456789Z', ...state },
    HostConfig: { CpuShares: n * 100, NanoCpus: 0, CpusetCpus: '', CpuQuota: 0, CpuPeriod: 0, ...host },
    Config: {
      Hostname: idOf(n).slice(0, 12),
      Image: 'alpine:3.20',
      Cmd: ['sh', '-c', 'sleep 100'],
      Env: ['PATH=/bin', 'VERSION=1.2', 'EMPTY=', 'NAMELESS'],
      Labels: { 'com.example.team': `team ${n}` },
      ...config,
    },
    ...more,
  };
}

/** Statistics with control groups v1, as the documentation of the API shows them. */
function statsV1(changes: Readonly<Record<string, string>> = {}): string {
  const parts: Record<string, string> = {
    pids_stats: '{"current":3,"limit":18446744073709551615}',
    blkio_stats: `{"io_service_bytes_recursive":[{"major":8,"minor":0,"op":"Read","value":4096},{"major":8,"minor":0,"op":"Write","value":0},{"major":259,"minor":3,"op":"Total","value":9007199254740993}],
      "io_serviced_recursive":[{"major":8,"minor":0,"op":"Async","value":7}],"io_queue_recursive":[{"major":8,"minor":0,"op":"Sync","value":2}],
      "io_service_time_recursive":[],"io_wait_time_recursive":null,"io_merged_recursive":null,"io_time_recursive":[{"major":8,"minor":0,"op":"","value":12}],"sectors_recursive":[{"major":8,"minor":0,"op":"","value":30}]}`,
    cpu_stats: `{"cpu_usage":{"total_usage":36488948,"percpu_usage":[8646879,24472255,0,3369814],"usage_in_kernelmode":20000000,"usage_in_usermode":10000000},
      "system_cpu_usage":20091722000000000,"online_cpus":4,"throttling_data":{"periods":9,"throttled_periods":2,"throttled_time":123456}}`,
    precpu_stats: `{"cpu_usage":{"total_usage":30000000},"system_cpu_usage":20091721000000000}`,
    memory_stats: `{"usage":6537216,"max_usage":6651904,"failcnt":1,"limit":67108864,"stats":{"active_anon":6537216,"active_file":0,"cache":1024,"dirty":1,"hierarchical_memory_limit":67108864,
      "hierarchical_memsw_limit":9223372036854771712,"inactive_anon":2,"inactive_file":3,"mapped_file":4,"pgfault":964,"pgmajfault":5,"pgpgin":477,"pgpgout":414,"rss":6537216,"rss_huge":6291456,
      "total_active_anon":6537216,"total_active_file":6,"total_cache":7,"total_dirty":8,"total_inactive_anon":9,"total_inactive_file":10,"total_mapped_file":11,"total_pgfault":964,"total_pgmajfault":12,
      "total_pgpgin":477,"total_pgpgout":414,"total_rss":6537216,"total_rss_huge":6291456,"total_unevictable":13,"total_writeback":14,"unevictable":15,"writeback":16}}`,
    networks: `{"eth0":{"rx_bytes":5338,"rx_dropped":1,"rx_errors":2,"rx_packets":36,"tx_bytes":648,"tx_dropped":3,"tx_errors":4,"tx_packets":8},"eth5":{"rx_bytes":4641,"rx_packets":26,"tx_bytes":690,"tx_packets":9}}`,
    ...changes,
  };
  return `{${Object.entries(parts)
    .map(([key, value]) => `"${key}":${value}`)
    .join(',')}}`;
}

/** Statistics with control groups v2. */
function statsV2(): string {
  return `{"read":"2026-01-02T04:00:00Z","preread":"0001-01-01T00:00:00Z","pids_stats":{"current":1,"limit":4694},
    "blkio_stats":{"io_service_bytes_recursive":[{"major":8,"minor":0,"op":"read","value":167936},{"major":8,"minor":0,"op":"write","value":0}],"io_serviced_recursive":null},
    "cpu_stats":{"cpu_usage":{"total_usage":999478000,"usage_in_kernelmode":970974000,"usage_in_usermode":28503000},"system_cpu_usage":4836970000000,"online_cpus":2,"throttling_data":{"periods":0,"throttled_periods":0,"throttled_time":0}},
    "precpu_stats":{"cpu_usage":{"total_usage":0}},
    "memory_stats":{"usage":234647552,"limit":5016133632,"stats":{"active_anon":4096,"anon":61440,"file":233848832,"inactive_file":86016,"pgfault":10,"pgmajfault":0,"unevictable":0,"kernel_stack":16384}},
    "networks":{"eth0":{"rx_bytes":1,"tx_bytes":2}}}`;
}

/** The containers of the fake daemon. */
export const CONTAINERS: readonly FakeContainer[] = [
  { inspected: inspected(1), stats: statsV1() },
  { inspected: inspected(2, { host: { NanoCpus: 1_500_000_000 } }), stats: statsV2() },
  { inspected: inspected(3, { host: { CpusetCpus: '0-2,7' } }), stats: statsV1({ networks: 'null' }) },
  { inspected: inspected(4, { host: { CpuQuota: 25_000 } }), stats: statsV1({ pids_stats: '{}' }) },
  {
    inspected: inspected(5, { host: { CpuQuota: 50_000, CpuPeriod: 20_000 }, config: { Cmd: null as never } }),
    stats: statsV1({ memory_stats: '{}', cpu_stats: '{"cpu_usage":{"total_usage":0}}' }),
  },
  { inspected: inspected(6, { config: { Image: 'test-image' } }), stats: statsV1() },
  { inspected: inspected(7, { config: { Image: 'registry.local/app' } }), stats: statsV1() },
  { inspected: inspected(8, { config: { Image: 'undesired' } }), stats: statsV1() },
  { inspected: inspected(9, { config: { Image: 'undesired-not', Labels: {}, Env: null as never } }), stats: statsV2() },
  {
    inspected: inspected(10),
    stats: statsV1({
      memory_stats: '{"usage":18446744073709551615,"limit":18446744073709551615,"stats":{"rss":18446744073709551615}}',
      precpu_stats: '{"cpu_usage":{"total_usage":99999999999},"system_cpu_usage":1}',
    }),
  },
];
