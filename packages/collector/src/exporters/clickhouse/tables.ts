/** A column: its name, type and codec. The columns of a `Nested` type are lists in an insert. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly codec?: string;
  /** Expression of a column that the server computes. */
  readonly materialized?: string;
}

/** An index that skips rows. */
interface SkipIndex {
  readonly name: string;
  readonly expression: string;
  readonly type: string;
  readonly granularity?: number;
}

/** What a table consists of. */
export interface TableDefinition {
  readonly columns: readonly Column[];
  readonly indexes: (hasTextIndex: boolean) => readonly SkipIndex[];
  readonly partitionBy: string;
  readonly orderBy: string;
  /** Column of the time after which rows expire. */
  readonly timeColumn: string;
}

/** The tables of the Collector's exporter. */
export type TableName = 'logs' | 'traces' | 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary';

/** The tables of a store. */
export const STORE_TABLES: readonly TableName[] = [
  ...(['logs', 'traces', 'gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const),
];

const ZSTD = 'ZSTD(1)';
const TEXT = 'String';
const LOW_CARDINALITY = 'LowCardinality(String)';
const ATTRIBUTES = 'Map(LowCardinality(String), String)';
const NANOS = 'DateTime64(9)';

function column(name: string, type: string, codec = ZSTD): Column {
  return { name, type, codec };
}

function bloom(name: string, expression: string, rate = 0.01): SkipIndex {
  return { name, expression, type: `bloom_filter(${rate})`, granularity: 1 };
}

/** Indexes of the keys and values of a map. */
function mapIndexes(name: string, map: string): readonly SkipIndex[] {
  return [bloom(`idx_${name}_key`, `mapKeys(${map})`), bloom(`idx_${name}_value`, `mapValues(${map})`)];
}

const MATERIALIZED = [
  ...['k8s.cluster.name', 'k8s.container.name', 'k8s.deployment.name', 'k8s.namespace.name', 'k8s.node.name'],
  ...['k8s.pod.name', 'k8s.pod.uid', 'deployment.environment.name'],
].map(
  (key): Column => ({
    ...column(`__otel_materialized_${key}`, LOW_CARDINALITY),
    materialized: `ResourceAttributes['${key}']`,
  }),
);

const logs: TableDefinition = {
  columns: [
    column('Timestamp', NANOS, `Delta(8), ${ZSTD}`),
    column('TraceId', TEXT),
    column('SpanId', TEXT),
    { name: 'TraceFlags', type: 'UInt8' },
    column('SeverityText', LOW_CARDINALITY),
    { name: 'SeverityNumber', type: 'UInt8' },
    column('ServiceName', LOW_CARDINALITY),
    column('Body', TEXT),
    column('ResourceSchemaUrl', LOW_CARDINALITY),
    column('ResourceAttributes', ATTRIBUTES),
    column('ScopeSchemaUrl', LOW_CARDINALITY),
    column('ScopeName', TEXT),
    column('ScopeVersion', LOW_CARDINALITY),
    column('ScopeAttributes', ATTRIBUTES),
    column('LogAttributes', ATTRIBUTES),
    column('EventName', TEXT),
    ...MATERIALIZED,
  ],
  indexes(hasTextIndex) {
    const indexes = [
      bloom('idx_trace_id', 'TraceId', 0.001),
      ...mapIndexes('res_attr', 'ResourceAttributes'),
      ...mapIndexes('scope_attr', 'ScopeAttributes'),
      ...mapIndexes('log_attr', 'LogAttributes'),
      { name: 'idx_lower_body', expression: 'lower(Body)', type: 'tokenbf_v1(32768, 3, 0)', granularity: 8 },
    ];
    if (!hasTextIndex) return indexes;
    return indexes.map(({ name, expression }) => ({
      name,
      expression,
      type: `text(tokenizer = '${name === 'idx_lower_body' ? 'splitByNonAlpha' : 'array'}')`,
    }));
  },
  partitionBy: 'toDate(Timestamp)',
  orderBy: 'toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp',
  timeColumn: 'Timestamp',
};

const traces: TableDefinition = {
  columns: [
    column('Timestamp', NANOS, `Delta, ${ZSTD}`),
    column('TraceId', TEXT),
    column('SpanId', TEXT),
    column('ParentSpanId', TEXT),
    column('TraceState', TEXT),
    column('SpanName', LOW_CARDINALITY),
    column('SpanKind', LOW_CARDINALITY),
    column('ServiceName', LOW_CARDINALITY),
    column('ResourceAttributes', ATTRIBUTES),
    column('ScopeName', TEXT),
    column('ScopeVersion', TEXT),
    column('SpanAttributes', ATTRIBUTES),
    column('Duration', 'UInt64'),
    column('StatusCode', LOW_CARDINALITY),
    column('StatusMessage', TEXT),
    column('Events', `Nested(Timestamp ${NANOS}, Name ${LOW_CARDINALITY}, Attributes ${ATTRIBUTES})`),
    column('Links', `Nested(TraceId ${TEXT}, SpanId ${TEXT}, TraceState ${TEXT}, Attributes ${ATTRIBUTES})`),
  ],
  indexes: () => [
    bloom('idx_trace_id', 'TraceId', 0.001),
    ...mapIndexes('res_attr', 'ResourceAttributes'),
    ...mapIndexes('span_attr', 'SpanAttributes'),
    { name: 'idx_duration', expression: 'Duration', type: 'minmax', granularity: 1 },
  ],
  partitionBy: 'toDate(Timestamp)',
  orderBy: 'ServiceName, SpanName, toDateTime(Timestamp)',
  timeColumn: 'Timestamp',
};

const EXEMPLARS = column(
  'Exemplars',
  `Nested(FilteredAttributes ${ATTRIBUTES}, TimeUnix DateTime, Value Float64, SpanId ${TEXT}, TraceId ${TEXT})`,
);
const TEMPORALITY = column('AggregationTemporality', 'Int32');
const COUNT_AND_SUM = [column('Count', 'UInt64', `Delta, ${ZSTD}`), column('Sum', 'Float64')];
const FLAGS = column('Flags', 'UInt32');
const MIN_AND_MAX = [column('Min', 'Float64'), column('Max', 'Float64')];

function metricTable(own: readonly Column[]): TableDefinition {
  return {
    columns: [
      column('ResourceAttributes', ATTRIBUTES),
      column('ResourceSchemaUrl', TEXT),
      column('ScopeName', TEXT),
      column('ScopeVersion', TEXT),
      column('ScopeAttributes', ATTRIBUTES),
      column('ScopeDroppedAttrCount', 'UInt32'),
      column('ScopeSchemaUrl', TEXT),
      column('ServiceName', LOW_CARDINALITY),
      column('MetricName', LOW_CARDINALITY),
      column('MetricDescription', TEXT),
      column('MetricUnit', TEXT),
      column('Attributes', ATTRIBUTES),
      column('StartTimeUnix', 'DateTime', `Delta, ${ZSTD}`),
      column('TimeUnix', 'DateTime', `Delta, ${ZSTD}`),
      ...own,
    ],
    indexes: () => [
      ...mapIndexes('res_attr', 'ResourceAttributes'),
      ...mapIndexes('scope_attr', 'ScopeAttributes'),
      ...mapIndexes('attr', 'Attributes'),
      { name: 'idx_time_minmax', expression: 'TimeUnix', type: 'minmax', granularity: 1 },
    ],
    partitionBy: 'toDate(TimeUnix)',
    orderBy: 'ServiceName, MetricName, toStartOfHour(TimeUnix), cityHash64(Attributes), TimeUnix',
    timeColumn: 'TimeUnix',
  };
}

/** The definitions of the tables. */
export const TABLES: Readonly<Record<TableName, TableDefinition>> = {
  logs,
  traces,
  gauge: metricTable([column('Value', 'Float64'), FLAGS, EXEMPLARS]),
  sum: metricTable([
    column('Value', 'Float64'),
    FLAGS,
    EXEMPLARS,
    TEMPORALITY,
    column('IsMonotonic', 'Boolean', `Delta, ${ZSTD}`),
  ]),
  histogram: metricTable([
    ...COUNT_AND_SUM,
    column('BucketCounts', 'Array(UInt64)'),
    column('ExplicitBounds', 'Array(Float64)'),
    EXEMPLARS,
    FLAGS,
    ...MIN_AND_MAX,
    TEMPORALITY,
  ]),
  exponentialHistogram: metricTable([
    ...COUNT_AND_SUM,
    column('Scale', 'Int32'),
    column('ZeroCount', 'UInt64'),
    column('PositiveOffset', 'Int32'),
    column('PositiveBucketCounts', 'Array(UInt64)'),
    column('NegativeOffset', 'Int32'),
    column('NegativeBucketCounts', 'Array(UInt64)'),
    EXEMPLARS,
    FLAGS,
    ...MIN_AND_MAX,
    TEMPORALITY,
  ]),
  summary: metricTable([
    ...COUNT_AND_SUM,
    column('ValueAtQuantiles', 'Nested(Quantile Float64, Value Float64)'),
    FLAGS,
  ]),
};

/** The table of the first and last time of each trace, which a view fills. */
export const TRACE_TIMES: TableDefinition = {
  columns: [
    column('TraceId', TEXT),
    column('Start', 'DateTime', `Delta, ${ZSTD}`),
    column('End', 'DateTime', `Delta, ${ZSTD}`),
  ],
  indexes: () => [bloom('idx_trace_id', 'TraceId')],
  partitionBy: 'toDate(Start)',
  orderBy: 'TraceId, Start',
  timeColumn: 'Start',
};
