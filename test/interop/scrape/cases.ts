import { encodeFamilies } from './metric-families.ts';

/** A job whose target serves these pages, one after the other, and then the last one. */
export interface ScrapeCase {
  readonly name: string;
  /** Options of the job, as in configuration files. */
  readonly job?: Readonly<Record<string, unknown>>;
  readonly contentType: string;
  readonly pages: readonly (string | Uint8Array)[];
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

function text(name: string, pages: readonly string[], job: ScrapeCase['job'] = {}): ScrapeCase {
  return { name, job, contentType: TEXT, pages };
}

function openMetrics(name: string, page: string, job: ScrapeCase['job'] = {}): ScrapeCase {
  return { name, job, contentType: OPEN_METRICS, pages: [`${page}# EOF\n`] };
}

function protobuf(name: string, families: readonly object[], job: ScrapeCase['job'] = {}): ScrapeCase {
  const native = { scrape_native_histograms: true, ...job };
  return { name, job: native, contentType: PROTOBUF, pages: [encodeFamilies(families)] };
}

const HISTOGRAM = `# TYPE h histogram
h_bucket{x="1",le="0.1"} 1
h_bucket{x="1",le="1"} 3
h_bucket{x="1",le="+Inf"} 4
h_sum{x="1"} 2.5
h_count{x="1"} 4
`;

const LABELS = 'a{x="1",job="theirs",instance="i",exported_job="e"} 1\nb{x="2"} 2\nc{y="3"} 3\n';

const EXEMPLAR = '# {trace_id="0123456789abcdef0123456789abcdef",span_id="0123456789abcdef",user="u"} 0.5 1600000000.5';

const NATIVE = {
  name: 'n',
  help: 'Native.',
  type: 4,
  unit: 'seconds',
  metric: [
    {
      label: [{ name: 'x', value: '1' }],
      histogram: {
        sample_count: 11,
        sample_sum: 20.5,
        schema: 2,
        zero_threshold: 0.001,
        zero_count: 2,
        positive_span: [
          { offset: -1, length: 2 },
          { offset: 2, length: 1 },
        ],
        positive_delta: [1, 1, 2],
        negative_span: [{ offset: 0, length: 1 }],
        negative_delta: [2],
        bucket: [
          { cumulative_count: 5, upper_bound: 1 },
          { cumulative_count: 11, upper_bound: Number.POSITIVE_INFINITY },
        ],
        created_timestamp: { seconds: 1_600_000_000, nanos: 500_000_000 },
        exemplars: [
          { label: [{ name: 'user', value: 'u' }], value: 1.5, timestamp: { seconds: 1_600_000_001 } },
          { label: [{ name: 'user', value: 'without time' }], value: 1.5 },
        ],
      },
    },
  ],
};

const CLASSIC = {
  name: 'c',
  type: 4,
  metric: [
    {
      histogram: {
        sample_count: 4,
        sample_sum: 3,
        bucket: [
          {
            cumulative_count: 1,
            upper_bound: 0.5,
            exemplar: { label: [{ name: 'trace_id', value: 'short' }], value: 0.4 },
          },
          { cumulative_count: 3, upper_bound: 1e6 },
        ],
      },
    },
  ],
};

/** The cases, which the Collector has scraped as well. */
export const SCRAPE_CASES: readonly ScrapeCase[] = [
  text('counters', [
    '# HELP r_total All\\nof them.\n# TYPE r_total counter\nr_total{m="a"} 1\nr_total{m="b"} 2e3\n# TYPE plain counter\nplain 7\n',
  ]),
  text('gauges', ['# TYPE g gauge\ng -1.5\ng{x="1"} NaN\ng{x="2"} +Inf\ng{x="3"} -Inf\n']),
  text('untyped', ['# TYPE u untyped\nu 1\nnothing 2\nnothing_total 3\nnothing_count 4\n']),
  text('histogram', [HISTOGRAM]),
  text('histogram-without-infinity', [HISTOGRAM.replace(/.*Inf.*\n/, '')]),
  text('histogram-without-count', [HISTOGRAM.replace(/h_count.*\n/, '')]),
  text('histogram-without-sum', [HISTOGRAM.replace(/h_sum.*\n/, '')]),
  text('histogram-without-buckets', ['# TYPE h histogram\nh_sum 3\nh_count 4\n']),
  text('histogram-decreasing', [HISTOGRAM.replace('"1"} 3', '"1"} 0')]),
  text('histogram-decreasing-bucket', [HISTOGRAM.replace('le="1"} 3', 'le="1"} 0')]),
  text('histogram-nan', [HISTOGRAM.replace('le="1"} 3', 'le="1"} NaN')]),
  text('histogram-unsorted', [
    '# TYPE h histogram\nh_count 4\nh_bucket{le="+Inf"} 4\nh_bucket{le="1"} 3\nh_bucket{le="0.1"} 1\nh_sum 2.5\n',
  ]),
  text('histogram-fractions', [
    '# TYPE h histogram\nh_bucket{le="1"} 1.5\nh_bucket{le="+Inf"} 3.7\nh_count 3.7\nh_sum 1\n',
  ]),
  text('histogram-bad-bound', [
    '# TYPE h histogram\nh_bucket{le="x"} 1\nh_bucket{le="+Inf"} 3\nh_bucket 3\nh_count 3\n',
  ]),
  text('summary', [
    '# TYPE s summary\ns{quantile="0.5"} 1\ns{quantile="0.9"} NaN\ns{quantile="0"} 0\ns_sum 10\ns_count 4\n',
  ]),
  text('summary-without-sum', ['# TYPE s summary\ns{quantile="0.5"} 1\ns_count 4\n']),
  text('summary-without-count', ['# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 4\n']),
  text('suffixes-of-gauges', ['# TYPE g gauge\ng 1\ng_count 2\ng_sum 3\n# TYPE g_bucket gauge\ng_bucket 4\n']),
  text('late-metadata', ['early_total 1\n# TYPE early_total counter\nearly_total{x="1"} 2\n']),
  text('duplicates', ['d 1\nd 2\nd{a=""} 3\nd{x="1"} 4\nd{x="1",} 5\n']),
  text('timestamps', ['t 1 1600000000000\nt{x="1"} 2\nt{x="2"} 3 0\n']),
  text('timestamps-ignored', ['t 1 1600000000000\n'], { honor_timestamps: false }),
  text('timestamps-histogram', [
    HISTOGRAM.replace(/\n(h_\S+ \S+)(?=\n)/g, '\n$1 1600000000000').replace(
      'h_count{x="1"} 4 1600000000000',
      'h_count{x="1"} 4 1600000000001',
    ),
  ]),
  text('escapes', ['e{a="q\\"b\\\\n\\nx",b="é✓",c="\\t"} 1\n']),
  text('utf8-names', ['# TYPE "a.b" counter\n{"a.b","c.d"="x",e="y"} 1\n{"with space"} 2\n']),
  text('labels', [LABELS]),
  text('labels-honored', [LABELS], { honor_labels: true }),
  text('relabeled', [LABELS], {
    metric_relabel_configs: [
      { source_labels: ['__name__', 'x'], regex: 'b;.*', action: 'drop' },
      { source_labels: ['__name__'], regex: 'c', target_label: '__name__', replacement: 'renamed' },
      { regex: 'x', action: 'labeldrop' },
      { regex: '(y)', action: 'labelmap', replacement: 'mapped_$$1' },
      { source_labels: ['y'], modulus: 7, target_label: 'shard', action: 'hashmod' },
    ],
  }),
  text('target-labels', ['m 1\n'], {
    relabel_configs: [
      { target_label: 'instance', replacement: 'example.com:8080' },
      { target_label: 'zone', replacement: 'eu' },
      {
        source_labels: ['__scheme__', '__metrics_path__'],
        regex: '(.*);/(.).*',
        target_label: 'from',
        replacement: '$$1-$${2}',
      },
    ],
  }),
  text('instance-without-port', ['m 1\n'], { relabel_configs: [{ target_label: 'instance', replacement: 'host' }] }),
  text('target-info', ['# TYPE target_info gauge\ntarget_info{env="prod",version="2"} 1\nm 1\n']),
  text('scopes', [
    'm{otel_scope_name="a",otel_scope_version="1",otel_scope_schema_url="u",otel_scope_color="red"} 1\nm{otel_scope_name="b"} 2\nm 3\n',
  ]),
  text('vanishing', [
    `a 1\nb{x="1"} 2\n${HISTOGRAM}# TYPE s summary\ns{quantile="1"} 1\ns_count 1\n`,
    'a 1\n',
    'a 2\nb{x="1"} 3\n',
  ]),
  text('type-changes', ['# TYPE x counter\nx 1\n', '# TYPE x gauge\nx 2\n']),
  text('new-series', ['a 1\n', 'a 2\nb 3\n', 'a 3\nb 4\n']),
  text('malformed-later', ['a 1\n', 'a 1\nb{\n', 'a 2\n']),
  text('sample-limit', ['a 1\nb 2\nc 3\n'], { sample_limit: 2 }),
  text('label-limit', ['a{x="1",y="2"} 1\n'], { label_limit: 3 }),
  text('extra-metrics', ['a 1\n'], { extra_scrape_metrics: true, sample_limit: 10 }),
  text('empty', ['']),
  text('comments', ['# a comment\n#without space\n# HELP\n\n  \ta 1\n']),
  text('go-collector', [
    '# HELP go_gc_duration_seconds A summary.\n# TYPE go_gc_duration_seconds summary\ngo_gc_duration_seconds{quantile="0"} 1.2e-05\ngo_gc_duration_seconds{quantile="1"} 0.004\ngo_gc_duration_seconds_sum 0.1\ngo_gc_duration_seconds_count 40\n# TYPE go_info gauge\ngo_info{version="go1.26"} 1\n# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1.6e+09\n',
    '# HELP go_gc_duration_seconds A summary.\n# TYPE go_gc_duration_seconds summary\ngo_gc_duration_seconds{quantile="0"} 1.3e-05\ngo_gc_duration_seconds{quantile="1"} 0.005\ngo_gc_duration_seconds_sum 0.2\ngo_gc_duration_seconds_count 41\n# TYPE go_info gauge\ngo_info{version="go1.26"} 1\n# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1.6e+09\n',
  ]),
  openMetrics(
    'om-counter',
    `# TYPE r_seconds counter\n# UNIT r_seconds seconds\n# HELP r_seconds Time \\"spent\\".\nr_seconds_total{m="a"} 1 ${EXEMPLAR}\nr_seconds_created{m="a"} 1600000000.125\n`,
  ),
  openMetrics(
    'om-histogram',
    `# TYPE h histogram\nh_bucket{le="0.1"} 1 ${EXEMPLAR}\nh_bucket{le="1.0"} 3\nh_bucket{le="+Inf"} 4\nh_count 4\nh_sum 2.5\nh_created 1600000000\n`,
  ),
  openMetrics('om-summary', '# TYPE s summary\ns{quantile="0.5"} 1\ns_count 4\ns_sum 3\ns_created 1600000000.5\n'),
  openMetrics(
    'om-info',
    '# TYPE build info\nbuild_info{version="1"} 1\n# TYPE target info\ntarget_info{env="prod"} 1\n',
  ),
  openMetrics('om-stateset', '# TYPE state stateset\nstate{state="a"} 1\nstate{state="b"} 0\n'),
  openMetrics(
    'om-gaugehistogram',
    '# TYPE g gaugehistogram\ng_bucket{le="1"} 3\ng_bucket{le="+Inf"} 4\ng_gcount 4\ng_gsum 2.5\n',
  ),
  openMetrics('om-unknown', '# TYPE u unknown\nu 1 1600000000.5\n'),
  openMetrics(
    'om-exemplars',
    '# TYPE r counter\nr_total 1 # {trace_id="xyz",span_id="00",TRACE_ID="0123456789abcdef0123456789abcdef"} 2\n',
  ),
  openMetrics(
    'om-trimmed-names',
    '# TYPE a_bytes gauge\n# UNIT a_bytes bytes\na_bytes 1\n# TYPE per_second gauge\n# UNIT per_second second\nper_second 1\n# TYPE x_bytes_per_second gauge\n# UNIT x_bytes_per_second bytes_per_second\nx_bytes_per_second 1\n',
  ),
  { name: 'om-without-eof', contentType: OPEN_METRICS, pages: ['a 1\n'] },
  { name: 'unknown-type', contentType: 'application/json', pages: ['a 1\n'] },
  { name: 'no-type', contentType: '', pages: ['a 1\n'] },
  protobuf('pb-native', [NATIVE]),
  protobuf('pb-native-and-classic', [NATIVE], { always_scrape_classic_histograms: true }),
  protobuf('pb-native-as-classic', [NATIVE], {
    scrape_native_histograms: false,
    scrape_protocols: ['PrometheusProto'],
  }),
  protobuf('pb-native-limited', [NATIVE], { native_histogram_bucket_limit: 3 }),
  protobuf('pb-native-factor', [NATIVE], { native_histogram_min_bucket_factor: 2 }),
  protobuf('pb-classic', [CLASSIC]),
  protobuf('pb-empty-native', [
    { name: 'e', type: 4, metric: [{ histogram: { zero_threshold: 0.1, positive_span: [{ offset: 0, length: 0 }] } }] },
  ]),
  protobuf('pb-others', [
    {
      name: 'r_total',
      type: 0,
      help: 'Requests',
      metric: [
        { counter: { value: 3, created_timestamp: { seconds: 1_600_000_000 } }, timestamp_ms: 1_600_000_000_001 },
      ],
    },
    {
      name: 'g',
      type: 1,
      metric: [{ gauge: { value: -2 } }, { label: [{ name: 'x', value: '1' }], gauge: { value: 3 } }],
    },
    {
      name: 's',
      type: 2,
      metric: [{ summary: { sample_count: 4, sample_sum: 3, quantile: [{ quantile: 0.5, value: 1 }] } }],
    },
    { name: 'u', type: 3, metric: [{ untyped: { value: 5 } }] },
  ]),
];
