import type { JsonPath } from '../scraping/json-paths.ts';

/** Operations with the paths of their number and time. */
const OPERATIONS: readonly (readonly [operation: string, count: string, time: string])[] = [
  ['delete', 'indexing.delete_total', 'indexing.delete_time_in_millis'],
  ['fetch', 'search.fetch_total', 'search.fetch_time_in_millis'],
  ['flush', 'flush.total', 'flush.total_time_in_millis'],
  ['get', 'get.total', 'get.time_in_millis'],
  ['index', 'indexing.index_total', 'indexing.index_time_in_millis'],
  ['merge', 'merges.total', 'merges.total_time_in_millis'],
  ['query', 'search.query_total', 'search.query_time_in_millis'],
  ['refresh', 'refresh.total', 'refresh.total_time_in_millis'],
  ['scroll', 'search.scroll_total', 'search.scroll_time_in_millis'],
  ['suggest', 'search.suggest_total', 'search.suggest_time_in_millis'],
  ['warmer', 'warmer.total', 'warmer.total_time_in_millis'],
];

const SEGMENTS: readonly (readonly [path: string, object: string])[] = [
  ['segments.doc_values_memory_in_bytes', 'doc_value'],
  ['segments.fixed_bit_set_memory_in_bytes', 'fixed_bit_set'],
  ['segments.index_writer_memory_in_bytes', 'index_writer'],
  ['segments.terms_memory_in_bytes', 'term'],
];

function operations(level: 'node' | 'index'): readonly JsonPath[] {
  return OPERATIONS.flatMap(([operation, count, time]): JsonPath[] => [
    [count, `elasticsearch.${level}.operations.completed`, { operation }],
    [time, `elasticsearch.${level}.operations.time`, { operation }],
  ]);
}

function segments(level: 'node' | 'index'): readonly JsonPath[] {
  return SEGMENTS.map(([path, object]): JsonPath => [path, `elasticsearch.${level}.segments.memory`, { object }]);
}

/** Numbers of a node about its indices, below `indices`. */
export const NODE_INDICES: readonly JsonPath[] = [
  ...operations('node'),
  ...segments('node'),
  ['docs.count', 'elasticsearch.node.documents', { state: 'active' }],
  ['docs.deleted', 'elasticsearch.node.documents', { state: 'deleted' }],
  ['fielddata.evictions', 'elasticsearch.node.cache.evictions', { cache_name: 'fielddata' }],
  ['fielddata.memory_size_in_bytes', 'elasticsearch.node.cache.memory.usage', { cache_name: 'fielddata' }],
  ['query_cache.evictions', 'elasticsearch.node.cache.evictions', { cache_name: 'query' }],
  ['query_cache.memory_size_in_bytes', 'elasticsearch.node.cache.memory.usage', { cache_name: 'query' }],
  ['query_cache.memory_size_in_bytes', 'elasticsearch.node.cache.size'],
  ['query_cache.hit_count', 'elasticsearch.node.cache.count', { type: 'hit' }],
  ['query_cache.miss_count', 'elasticsearch.node.cache.count', { type: 'miss' }],
  ['get.exists_total', 'elasticsearch.node.operations.get.completed', { result: 'hit' }],
  ['get.missing_total', 'elasticsearch.node.operations.get.completed', { result: 'miss' }],
  ['get.exists_time_in_millis', 'elasticsearch.node.operations.get.time', { result: 'hit' }],
  ['get.missing_time_in_millis', 'elasticsearch.node.operations.get.time', { result: 'miss' }],
  ['search.query_current', 'elasticsearch.node.operations.current', { operation: 'query' }],
  ['store.size_in_bytes', 'elasticsearch.node.shards.size'],
  ['store.total_data_set_size_in_bytes', 'elasticsearch.node.shards.data_set.size'],
  ['store.reserved_in_bytes', 'elasticsearch.node.shards.reserved.size'],
  ['translog.operations', 'elasticsearch.node.translog.operations'],
  ['translog.size_in_bytes', 'elasticsearch.node.translog.size'],
  ['translog.uncommitted_size_in_bytes', 'elasticsearch.node.translog.uncommitted.size'],
];

const STATES = 'elasticsearch.cluster.published_states';
const PRESSURE = 'elasticsearch.indexing_pressure.memory';

/** Other numbers of a node. */
export const NODE: readonly JsonPath[] = [
  ['discovery.cluster_state_queue.committed', 'elasticsearch.cluster.state_queue', { state: 'committed' }],
  ['discovery.cluster_state_queue.pending', 'elasticsearch.cluster.state_queue', { state: 'pending' }],
  ['discovery.published_cluster_states.full_states', `${STATES}.full`],
  ['discovery.published_cluster_states.compatible_diffs', `${STATES}.differences`, { state: 'compatible' }],
  ['discovery.published_cluster_states.incompatible_diffs', `${STATES}.differences`, { state: 'incompatible' }],
  ['fs.total.available_in_bytes', 'elasticsearch.node.fs.disk.available'],
  ['fs.total.free_in_bytes', 'elasticsearch.node.fs.disk.free'],
  ['fs.total.total_in_bytes', 'elasticsearch.node.fs.disk.total'],
  ['fs.io_stats.total.read_kilobytes', 'elasticsearch.node.disk.io.read'],
  ['fs.io_stats.total.write_kilobytes', 'elasticsearch.node.disk.io.write'],
  ['http.current_open', 'elasticsearch.node.http.connections'],
  ['indexing_pressure.memory.limit_in_bytes', `${PRESSURE}.limit`],
  [
    'indexing_pressure.memory.current.coordinating_in_bytes',
    'elasticsearch.memory.indexing_pressure',
    { stage: 'coordinating' },
  ],
  ['indexing_pressure.memory.current.primary_in_bytes', 'elasticsearch.memory.indexing_pressure', { stage: 'primary' }],
  ['indexing_pressure.memory.current.replica_in_bytes', 'elasticsearch.memory.indexing_pressure', { stage: 'replica' }],
  ['indexing_pressure.memory.total.primary_rejections', `${PRESSURE}.total.primary_rejections`],
  ['indexing_pressure.memory.total.replica_rejections', `${PRESSURE}.total.replica_rejections`],
  ['ingest.total.count', 'elasticsearch.node.ingest.documents'],
  ['ingest.total.current', 'elasticsearch.node.ingest.documents.current'],
  ['ingest.total.failed', 'elasticsearch.node.ingest.operations.failed'],
  ['jvm.classes.current_loaded_count', 'jvm.classes.loaded'],
  ['jvm.mem.heap_committed_in_bytes', 'jvm.memory.heap.committed'],
  ['jvm.mem.heap_max_in_bytes', 'jvm.memory.heap.max'],
  ['jvm.mem.heap_used_in_bytes', 'jvm.memory.heap.used'],
  ['jvm.mem.non_heap_committed_in_bytes', 'jvm.memory.nonheap.committed'],
  ['jvm.mem.non_heap_used_in_bytes', 'jvm.memory.nonheap.used'],
  ['jvm.threads.count', 'jvm.threads.count'],
  ['os.cpu.load_average.15m', 'elasticsearch.os.cpu.load_avg.15m'],
  ['os.cpu.load_average.1m', 'elasticsearch.os.cpu.load_avg.1m'],
  ['os.cpu.load_average.5m', 'elasticsearch.os.cpu.load_avg.5m'],
  ['os.cpu.percent', 'elasticsearch.os.cpu.usage'],
  ['os.mem.free_in_bytes', 'elasticsearch.os.memory', { state: 'free' }],
  ['os.mem.used_in_bytes', 'elasticsearch.os.memory', { state: 'used' }],
  ['process.cpu.total_in_millis', 'elasticsearch.process.cpu.time'],
  ['process.mem.total_virtual_in_bytes', 'elasticsearch.process.memory.virtual'],
  ['process.open_file_descriptors', 'elasticsearch.node.open_files'],
  ['script.cache_evictions', 'elasticsearch.node.script.cache_evictions'],
  ['script.compilation_limit_triggered', 'elasticsearch.node.script.compilation_limit_triggered'],
  ['script.compilations', 'elasticsearch.node.script.compilations'],
  ['transport.rx_size_in_bytes', 'elasticsearch.node.cluster.io', { direction: 'received' }],
  ['transport.tx_size_in_bytes', 'elasticsearch.node.cluster.io', { direction: 'sent' }],
  ['transport.server_open', 'elasticsearch.node.cluster.connections'],
];

const UPDATE = 'elasticsearch.cluster.state_update';
const PIPELINE = 'elasticsearch.node.pipeline.ingest';

/** Objects of a node whose members have names, which are an attribute, and the numbers of a member. */
export const NODE_MEMBERS: readonly (readonly [path: string, attribute: string, members: readonly JsonPath[]])[] = [
  [
    'breakers',
    'name',
    [
      ['estimated_size_in_bytes', 'elasticsearch.breaker.memory.estimated'],
      ['limit_size_in_bytes', 'elasticsearch.breaker.memory.limit'],
      ['tripped', 'elasticsearch.breaker.tripped'],
    ],
  ],
  [
    'discovery.cluster_state_update',
    'state',
    [
      ['count', `${UPDATE}.count`],
      ['commit_time_millis', `${UPDATE}.time`, { type: 'commit' }],
      ['completion_time_millis', `${UPDATE}.time`, { type: 'completion' }],
      ['computation_time_millis', `${UPDATE}.time`, { type: 'computation' }],
      ['context_construction_time_millis', `${UPDATE}.time`, { type: 'context_construction' }],
      ['master_apply_time_millis', `${UPDATE}.time`, { type: 'master_apply' }],
      ['notification_time_millis', `${UPDATE}.time`, { type: 'notification' }],
    ],
  ],
  [
    'ingest.pipelines',
    'name',
    [
      ['count', `${PIPELINE}.documents.preprocessed`],
      ['current', `${PIPELINE}.documents.current`],
      ['failed', `${PIPELINE}.operations.failed`],
    ],
  ],
  [
    'jvm.gc.collectors',
    'name',
    [
      ['collection_count', 'jvm.gc.collections.count'],
      ['collection_time_in_millis', 'jvm.gc.collections.elapsed'],
    ],
  ],
  [
    'jvm.mem.pools',
    'name',
    [
      ['max_in_bytes', 'jvm.memory.pool.max'],
      ['used_in_bytes', 'jvm.memory.pool.used'],
    ],
  ],
  [
    'thread_pool',
    'thread_pool_name',
    [
      ['active', 'elasticsearch.node.thread_pool.threads', { state: 'active' }],
      ['completed', 'elasticsearch.node.thread_pool.tasks.finished', { state: 'completed' }],
      ['queue', 'elasticsearch.node.thread_pool.tasks.queued'],
      ['rejected', 'elasticsearch.node.thread_pool.tasks.finished', { state: 'rejected' }],
    ],
  ],
];

/** Numbers of the health of a cluster. */
export const HEALTH: readonly JsonPath[] = [
  ['active_primary_shards', 'elasticsearch.cluster.shards', { state: 'active_primary' }],
  ['active_shards', 'elasticsearch.cluster.shards', { state: 'active' }],
  ['delayed_unassigned_shards', 'elasticsearch.cluster.shards', { state: 'unassigned_delayed' }],
  ['initializing_shards', 'elasticsearch.cluster.shards', { state: 'initializing' }],
  ['number_of_data_nodes', 'elasticsearch.cluster.data_nodes'],
  ['number_of_in_flight_fetch', 'elasticsearch.cluster.in_flight_fetch'],
  ['number_of_nodes', 'elasticsearch.cluster.nodes'],
  ['number_of_pending_tasks', 'elasticsearch.cluster.pending_tasks'],
  ['relocating_shards', 'elasticsearch.cluster.shards', { state: 'relocating' }],
  ['unassigned_shards', 'elasticsearch.cluster.shards', { state: 'unassigned' }],
];

/** Numbers of the statistics of a cluster. */
export const CLUSTER_STATS: readonly JsonPath[] = [
  ['indices.fielddata.evictions', 'elasticsearch.cluster.indices.cache.evictions', { cache_name: 'fielddata' }],
  ['indices.query_cache.evictions', 'elasticsearch.cluster.indices.cache.evictions', { cache_name: 'query' }],
];

/** Numbers of an index, of its primary shards and of all. */
export const INDEX: readonly JsonPath[] = [
  ...operations('index'),
  ...segments('index'),
  ['docs.count', 'elasticsearch.index.documents', { state: 'active' }],
  ['fielddata.memory_size_in_bytes', 'elasticsearch.index.cache.memory.usage', { cache_name: 'fielddata' }],
  ['query_cache.cache_size', 'elasticsearch.index.cache.size'],
  ['query_cache.evictions', 'elasticsearch.index.cache.evictions', { cache_name: 'query' }],
  ['query_cache.memory_size_in_bytes', 'elasticsearch.index.cache.memory.usage', { cache_name: 'query' }],
  ['segments.count', 'elasticsearch.index.segments.count'],
  ['segments.memory_in_bytes', 'elasticsearch.index.segments.size'],
];

/** Numbers that are only of all shards of an index. */
export const INDEX_TOTAL: readonly JsonPath[] = [
  ['merges.total_docs', 'elasticsearch.index.operations.merge.docs_count'],
  ['merges.total_size_in_bytes', 'elasticsearch.index.operations.merge.size'],
  ['store.size_in_bytes', 'elasticsearch.index.shards.size'],
  ['translog.operations', 'elasticsearch.index.translog.operations'],
  ['translog.size_in_bytes', 'elasticsearch.index.translog.size'],
];
