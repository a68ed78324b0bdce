/** Datagrams of senders, and the options of the receiver that gets them. */
export interface StatsdCase {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly packets: readonly { readonly sender: number; readonly text: string }[];
}

type Config = StatsdCase['config'];

function of(config: Config, lines: readonly string[]): StatsdCase {
  const packets = lines.map((text) => ({ sender: 0, text }));
  return { name: `${JSON.stringify(config)} ${lines.join(' / ')}`, config, packets };
}

function from(config: Config, ...lines: readonly (readonly [number, string])[]): StatsdCase {
  const packets = lines.map(([sender, text]) => ({ sender, text }));
  return { name: `${JSON.stringify(config)} ${JSON.stringify(lines)}`, config, packets };
}

function mapped(type: string, observer: string, options: Config = {}): Config {
  return { timer_histogram_mapping: [{ statsd_type: type, observer_type: observer, ...options }] };
}

const SIMPLE = { enable_simple_tags: true };

/** Lines that are read, or not, whatever the options. A good line follows each, which shows that only the line is lost. */
const LINES = [
  'a:1|c',
  'a.b-c_d/e:1|c',
  'a b:1|c',
  'näme:1|c',
  'a:0|c',
  'a:-3|c',
  'a:+3|c',
  'a:3.99|c',
  'a:-3.99|c',
  'a:1e3|c',
  'a:1E-3|g',
  'a:.5|g',
  'a:5.|g',
  'a:1_000|g',
  'a:1__0|g',
  'a:_1|g',
  'a:0x10p0|g',
  'a:0x1.8p1|g',
  'a:0x10|g',
  'a:inf|g',
  'a:-Infinity|g',
  'a:NaN|g',
  'a:1e400|g',
  'a:1e-400|g',
  'a:007|g',
  'a: 1|g',
  'a:1 |g',
  'a:|c',
  ':1|c',
  'a|c',
  'a:1',
  'a',
  '|',
  'a:1|',
  'a:1|x',
  'a:1|C',
  'a:1|kv',
  'a:one|c',
  'a:1|c|',
  'a:1|c||#k:v',
  'a:1|c|@0.5',
  'a:1|c|@0.1',
  'a:1|c|@0.3',
  'a:1|c|@1',
  'a:1|c|@2',
  'a:1|c|@0',
  'a:1|c|@-0.5',
  'a:1|c|@',
  'a:1|c|@x',
  'a:1|c|@0.5|@0.25',
  'a:10|g|@0.1',
  'a:1|c|#',
  'a:1|c|#,',
  'a:1|c|#k:v',
  'a:1|c|#k:v,',
  'a:1|c|#,k:v',
  'a:1|c|#k:v,,l:w',
  'a:1|c|#k:v,k:w',
  'a:1|c|#k:v:w',
  'a:1|c|#z:1,b:2,a:3',
  'a:1|c|#k',
  'a:1|c|#k:',
  'a:1|c|#:v',
  'a:1|c|#k:v|#l:w',
  'a:1|c|#k:v|@0.5',
  'a:1|c|@0.5|#k:v',
  'a:1|c|#ünï:çödé',
  'a:1|c|#k:v with spaces',
  'a:1|c|c:abc123',
  'a:1|c|c:',
  'a:1|c|#k:v|c:abc123',
  'a:1|c|T1656581400',
  'a:1|g|T1656581400',
  'a:1|ms|T1656581400',
  'a:1|c|T',
  'a:1|c|T-5',
  'a:1|c|Tx',
  'a:1|c|T0',
  'a:1|c|T1656581400|#k:v|c:abc',
  'a:1|c|k:v',
  'a:1|c|e:it-false',
  '_e{5,4}:title|text',
  '_sc|name|0',
] as const;

const COUNTERS: readonly StatsdCase[] = [
  of({}, ['a:3000|c|#k:v', 'a:4000|c|#k:v']),
  of({}, ['a:3000|c|#k:v', 'a:20|c|@0.25|#k:v']),
  of({}, ['a:1.6|c', 'a:1.6|c', 'a:1.6|c']),
  of({}, ['a:1|c|@0.3', 'a:1|c|@0.3', 'a:1|c|@0.3']),
  of({ counter_type: 'float' }, ['a:1.5|c', 'a:1.25|c']),
  of({ counter_type: 'float' }, ['a:1|c|@0.3', 'a:1|c|@0.3']),
  of({ counter_type: 'float' }, ['a:2|c']),
  of({ counter_type: 'int' }, ['a:1.5|c', 'a:-1.5|c']),
  of({ counter_type: '' }, ['a:1.5|c']),
  of({ counter_type: 'stochastic_int' }, ['a:2|c', 'a:3|c']),
  of({ is_monotonic_counter: true }, ['a:1|c']),
  of({ is_monotonic_counter: true }, ['a:-1|c']),
  of({ enable_metric_type: true }, ['a:1|c', 'b:1|g', 'c:1|ms', 'd:1|h', 'e:1|d']),
  of({ enable_metric_type: true }, ['a:1|c|#metric_type:mine']),
  of({ enable_metric_type: true }, ['a:1|c|#zone:x']),
  of({}, ['a:1|c', 'a:2|g', 'a:3|ms', 'a:4|h', 'a:5|d']),
  of({}, ['a:1|c|#x:1,y:2', 'a:1|c|#y:2,x:1']),
  of({}, ['a:1|c|T1656581400', 'a:1|c|T1656581500']),
  of({}, ['a:1|c', 'a:1|c|T1656581500']),
  of({}, ['a:9007199254740993|c', 'a:1|c']),
  of({}, ['a:4611686018427387904|c', 'a:1|c']),
  of({}, ['a:1|c\nb:2|c\n\nc:3|c\n']),
  of({}, ['a:1|c\nbad\nc:3|c']),
];

const GAUGES: readonly StatsdCase[] = [
  of({}, ['a:500|g', 'a:400|g']),
  of({}, ['a:500|g', 'a:+2|g', 'a:-1|g']),
  of({}, ['a:+5|g']),
  of({}, ['a:-5|g']),
  of({}, ['a:-5|g', 'a:-5|g']),
  of({}, ['a:1|g', 'a:+0.1|g', 'a:+0.2|g']),
  of({}, ['a:5|g', 'a:+5|g', 'a:1|g', 'a:-3|g']),
  of({}, ['a:1|g|#k:v', 'a:2|g|#k:w', 'a:3|g']),
  of({}, ['a:0.1|g']),
  of({}, ['a:123456789012345678|g']),
];

const SIMPLE_TAGS: readonly StatsdCase[] = [
  'a:1|c|#k',
  'a:1|c|#k:',
  'a:1|c|#k,l,m:n',
  'a:1|c|#:v',
  'a:1|c|#k,k:v',
  'a:1|c|#k:v,k',
].map((line) => of(SIMPLE, [line]));

const SENDERS: readonly StatsdCase[] = [
  from({}, [0, 'a:1|c'], [1, 'a:2|c']),
  from({}, [0, 'a:1|g'], [1, 'a:2|g'], [0, 'a:+5|g']),
  from({ enable_ip_only_aggregation: true }, [0, 'a:1|c'], [1, 'a:2|c']),
  from({ ignore_host: true }, [0, 'a:1|c'], [1, 'a:2|c'], [2, 'a:3|c']),
  from({ ignore_host: true, enable_ip_only_aggregation: true }, [0, 'a:1|c'], [1, 'a:2|c']),
  from({ ignore_host: true }, [0, 'a:1|c'], [1, 'b:2|c']),
];

const VALUES = ['a:1|T', 'a:2|T', 'a:3.5|T', 'a:10|T', 'a:2|T'];
const SAMPLED = ['a:1|T|@0.1', 'a:2|T|@0.5', 'a:3|T'];
const ODD = ['a:-1|T', 'a:0|T', 'a:1000|T|@0.3', 'a:0.001|T', 'a:-7.5|T|#k:v'];
const MANY = Array.from({ length: 60 }, (_, index) => `a:${(index * 7919) % 61}|T${index % 3 === 0 ? '|@0.5' : ''}`);
const WIDE = ['a:0.000001|T', 'a:1|T', 'a:1000000|T', 'a:-1000000|T', 'a:-0.000001|T'];

function observed(type: string, letter: string): StatsdCase[] {
  const lines = (templates: readonly string[]) => templates.map((line) => line.replace('|T', `|${letter}`));
  const buckets = (list: readonly unknown[]) => ({ histogram: { explicit_buckets: list } });
  return [
    of(mapped(type, 'gauge'), lines(VALUES)),
    of(mapped(type, 'gauge'), lines(SAMPLED)),
    of(mapped(type, 'summary'), lines(VALUES)),
    of(mapped(type, 'summary'), lines(SAMPLED)),
    of(mapped(type, 'summary'), lines(ODD)),
    of(mapped(type, 'summary', { summary: { percentiles: [0, 1, 25, 33.3, 50, 75, 99, 99.9, 100] } }), lines(MANY)),
    of(mapped(type, 'summary', { summary: { percentiles: [] } }), lines(VALUES.slice(0, 1))),
    of(mapped(type, 'histogram'), lines(VALUES)),
    of(mapped(type, 'histogram'), lines(SAMPLED)),
    of(mapped(type, 'histogram'), lines(ODD)),
    of(mapped(type, 'histogram'), lines(MANY)),
    of(mapped(type, 'histogram'), lines(WIDE)),
    of(mapped(type, 'histogram'), lines(['a:0|T', 'a:0|T'])),
    of(mapped(type, 'histogram', buckets([{ matcher_pattern: 'a.*', buckets: [1, 2, 5] }])), lines(VALUES)),
    of(mapped(type, 'histogram', buckets([{ matcher_pattern: '^a$', buckets: [0, 2] }])), lines(ODD)),
    of(mapped(type, 'histogram', buckets([{ matcher_pattern: 'b', buckets: [1] }])), lines(VALUES)),
    of(
      mapped(
        type,
        'histogram',
        buckets([
          { matcher_pattern: 'x', buckets: [1] },
          { matcher_pattern: 'a', buckets: [3] },
          { matcher_pattern: 'a', buckets: [9] },
        ]),
      ),
      lines(SAMPLED),
    ),
  ];
}

const MAPPINGS: readonly StatsdCase[] = [
  ...observed('timing', 'ms'),
  ...observed('histogram', 'h'),
  ...observed('distribution', 'd'),
  of(mapped('timer', 'summary'), ['a:1|ms', 'b:2|h', 'c:3|d']),
  of(mapped('histogram', 'summary'), ['a:1|ms', 'b:2|h', 'c:3|d']),
  of({ timer_histogram_mapping: [] }, ['a:1|ms', 'b:2|h', 'c:3|d', 'd:4|c']),
  of(mapped('timing', 'histogram', { histogram: { max_size: 4 } }), ['a:1|ms', 'a:100|ms', 'a:3|ms']),
  of(
    mapped('timing', 'histogram', { histogram: { max_size: 2 } }),
    WIDE.map((line) => line.replace('|T', '|ms')),
  ),
  of(
    {
      timer_histogram_mapping: [
        { statsd_type: 'histogram', observer_type: 'gauge' },
        { statsd_type: 'distribution', observer_type: 'summary' },
      ],
    },
    ['a:1|h', 'a:2|d'],
  ),
  of(
    {
      timer_histogram_mapping: [
        { statsd_type: 'timing', observer_type: 'gauge' },
        { statsd_type: 'timer', observer_type: 'summary' },
      ],
    },
    ['a:1|ms', 'a:2|ms'],
  ),
  of({}, ['a:320|ms', 'a:320|ms|@0.1', 'b:1|h|#k:v', 'c:2|d|#k:v']),
  // What the Collector does not read: several values in a line, and sets.
  of({}, ['a:1:2:3|c']),
  of({}, ['a:1:2|d']),
  of({}, ['a:u1|s', 'a:u2|s', 'a:u1|s']),
  of(mapped('histogram', 'histogram', { histogram: { max_size: 4 } }), ['a:1|h', 'a:100|h', 'a:3|h']),
];

/** All cases. */
export const CASES: readonly StatsdCase[] = [
  ...LINES.map((line) => of({}, [line, 'good:1|c'])),
  ...COUNTERS,
  ...GAUGES,
  ...SIMPLE_TAGS,
  ...SENDERS,
  ...MAPPINGS,
];
