import { type Meter, type ObservableResult, ROOT_CONTEXT, TraceFlags, trace, ValueType } from '@opentelemetry/api';
import type { MeterSetUp, Sdk } from './sdks.ts';

type Scenario = (sdk: Sdk) => Promise<void>;

/** Records with every instrument and collects, twice, then collects without new measurements. */
function everyInstrument(temporality: MeterSetUp['temporality'] & string): Scenario {
  return async (sdk) => {
    const meter = sdk.meters({ temporality }).getMeter('app', '1.2.3');
    const requests = meter.createCounter('requests', { unit: '{request}', description: 'Requests.' });
    const bytes = meter.createCounter('bytes', { unit: 'By', valueType: ValueType.INT });
    const active = meter.createUpDownCounter('active');
    const load = meter.createGauge('load', { unit: '1' });
    const duration = meter.createHistogram('duration', { unit: 'ms' });
    const advised = meter.createHistogram('advised', { advice: { explicitBucketBoundaries: [1, 10, 100] } });
    let round = 1;
    const observe = (result: ObservableResult) => {
      result.observe(10 * round, { which: 'always' });
      if (round === 1) result.observe(7, { which: 'once' });
      if (round > 1) result.observe(1.5, { which: 'later' });
    };
    meter.createObservableCounter('observed counter').addCallback(observe);
    meter.createObservableUpDownCounter('observed up and down').addCallback(observe);
    meter.createObservableGauge('observed gauge', { unit: 'Cel' }).addCallback(observe);
    const record = (n: number) => {
      for (const route of ['/a', '/b']) {
        requests.add(n, { route });
        bytes.add(1_000 * n, { route, method: 'GET' });
        bytes.add(1, { method: 'GET', route });
        active.add(route === '/a' ? n : -n, { route });
        load.record(n / 3, { route });
        duration.record(12 * n, { route });
        duration.record(0, { route });
        advised.record(n, { route });
      }
      requests.add(0.5);
      duration.record(1e6);
    };
    record(1);
    record(2);
    await sdk.flush();
    round = 2;
    record(30);
    requests.add(1, { route: '/new' });
    await sdk.flush();
    round = 3;
  };
}

function once(options: MeterSetUp, measure: (meter: Meter) => void): Scenario {
  return async (sdk) => {
    measure(sdk.meters(options).getMeter('app'));
  };
}

/** Small programs that use the metrics API. */
export const METRIC_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'every instrument, cumulative': everyInstrument('cumulative'),
  'every instrument, delta': everyInstrument('delta'),
  'every instrument, low memory': everyInstrument('lowmemory'),

  'values at the edges': once({}, (meter) => {
    const counter = meter.createCounter('counter');
    for (const value of [1, -1, Number.NaN, Number.POSITIVE_INFINITY, 0]) counter.add(value, { value: String(value) });
    const integer = meter.createCounter('integer', { valueType: ValueType.INT });
    integer.add(1.9);
    integer.add(2 ** 53, { large: true });
    const upDown = meter.createUpDownCounter('up and down', { valueType: ValueType.INT });
    upDown.add(-2.9);
    const histogram = meter.createHistogram('histogram');
    for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1])
      histogram.record(value, { value: String(value) });
    const gauge = meter.createGauge('gauge');
    gauge.record(Number.NaN, { value: 'NaN' });
    gauge.record(-0, { value: '-0' });
    meter.createHistogram('integers', { valueType: ValueType.INT }).record(2.5);
    meter.createCounter('never used');
  }),

  'boundaries of buckets': once({}, (meter) => {
    const histogram = meter.createHistogram('histogram', { advice: { explicitBucketBoundaries: [0, 5, 10] } });
    for (const value of [0, 0.1, 5, 5.1, 10, 11]) histogram.record(value);
    meter.createHistogram('without buckets', { advice: { explicitBucketBoundaries: [] } }).record(1);
  }),

  'exponential histograms': once(
    {
      views: [
        { instrumentName: 'default', aggregation: { kind: 'exponential_histogram' } },
        { instrumentName: 'small', aggregation: { kind: 'exponential_histogram', maxSize: 4, recordMinMax: false } },
        { instrumentName: 'zero', aggregation: { kind: 'exponential_histogram' } },
        { instrumentName: 'wide', aggregation: { kind: 'exponential_histogram', maxSize: 20 } },
      ],
    },
    (meter) => {
      const histogram = meter.createHistogram('default');
      for (let i = 1; i <= 100; i++) histogram.record(i);
      histogram.record(0);
      const small = meter.createHistogram('small');
      for (const value of [1, 2, 4, 3, 1.5, 1024]) small.record(value);
      meter.createHistogram('zero').record(0);
      const wide = meter.createHistogram('wide');
      for (const value of [1e-300, 5e-324, 1e300, 1, Number.MAX_VALUE]) wide.record(value);
    },
  ),

  views: once(
    {
      views: [
        { instrumentName: 'renamed', name: 'other', description: 'Another.' },
        { instrumentName: 'some keys', attributeKeys: ['a'] },
        { instrumentName: 'without a key', excludedAttributeKeys: ['a'] },
        { instrumentName: 'dropped*', aggregation: { kind: 'drop' } },
        {
          instrumentName: 'buckets',
          aggregation: { kind: 'explicit_buckets', boundaries: [1, 2], recordMinMax: false },
        },
        { instrumentName: 'summed', aggregation: { kind: 'sum' } },
        { instrumentName: 'twice', name: 'twice by a', attributeKeys: ['a'] },
        { instrumentName: 'twice', name: 'twice by b', attributeKeys: ['b'] },
        { instrumentUnit: 'By', attributeKeys: [] },
        { instrumentKind: 'gauge', description: 'Any gauge.' },
      ],
    },
    (meter) => {
      const attributes = { a: 1, b: 'two' };
      for (const name of ['renamed', 'some keys', 'without a key', 'dropped one', 'twice']) {
        const counter = meter.createCounter(name);
        counter.add(1, attributes);
        counter.add(2, { ...attributes, b: 'three' });
      }
      meter.createHistogram('buckets').record(1.5, attributes);
      meter.createHistogram('summed').record(1.5, attributes);
      meter.createCounter('sized', { unit: 'By' }).add(1, attributes);
      meter.createGauge('gauge').record(1, attributes);
    },
  ),

  'more sets of attributes than the limit': once({ views: [{ instrumentName: '*', cardinalityLimit: 3 }] }, (meter) => {
    const counter = meter.createCounter('counter');
    for (let i = 0; i < 6; i++) counter.add(1, { i });
    const histogram = meter.createHistogram('histogram');
    for (let i = 0; i < 6; i++) histogram.record(i, { i });
    meter.createObservableCounter('observed').addCallback((result) => {
      for (let i = 0; i < 6; i++) result.observe(i, { i });
    });
  }),

  'attributes of every kind': once({}, (meter) => {
    const values = {
      text: 'x',
      integer: 1,
      double: 0.5,
      yes: true,
      list: ['a', 'b'],
      'list of numbers': [1, 2],
      map: { a: 1 },
      null: null,
      nothing: undefined,
      function: () => {},
    };
    const counter = meter.createCounter('counter');
    for (const [key, value] of Object.entries(values)) counter.add(1, { [key]: value });
    counter.add(1, { a: 1, b: 2 });
    counter.add(1, { b: 2, a: 1 });
    counter.add(1, {});
    counter.add(1);
  }),

  'instruments that are created twice': once({}, (meter) => {
    meter.createCounter('same', { unit: '1' }).add(1);
    meter.createCounter('same', { unit: '1' }).add(2);
    meter.createCounter('Case').add(1);
    meter.createCounter('case').add(2);
    meter.createCounter('units', { unit: 's' }).add(1);
    meter.createCounter('units', { unit: 'ms' }).add(2);
    meter.createCounter('kinds').add(1);
    meter.createHistogram('kinds').record(2);
    meter.createCounter('descriptions', { description: 'short' }).add(1);
    meter.createCounter('descriptions', { description: 'much longer' }).add(2);
  }),

  'names that are not allowed': once({}, (meter) => {
    for (const name of ['', '1st', 'with space', 'ünï', 'a'.repeat(256), 'ok/with-all_of.them1']) {
      meter.createCounter(name).add(1);
    }
  }),

  async 'callbacks that come, go, wait and fail'(sdk) {
    const meter = sdk.meters().getMeter('app');
    const first = meter.createObservableGauge('first');
    const second = meter.createObservableCounter('second');
    const seven = (result: ObservableResult) => result.observe(7);
    first.addCallback(seven);
    first.addCallback(seven);
    second.addCallback(async (result) => {
      await new Promise((resolve) => setImmediate(resolve));
      result.observe(1, { waited: true });
    });
    second.addCallback(() => {
      throw new Error('broken');
    });
    const batch = meter.createObservableUpDownCounter('batched');
    meter.addBatchObservableCallback(
      (result) => {
        result.observe(batch, 3, { in: 'batch' });
        result.observe(second, 4, { in: 'batch' });
      },
      [batch, second],
    );
    await sdk.flush();
    first.removeCallback(seven);
  },

  async 'measurements in a sampled span'(sdk) {
    const span = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: TraceFlags.SAMPLED };
    const meter = sdk.meters().getMeter('app');
    meter.createCounter('counter').add(1, { a: 1 }, trace.setSpanContext(ROOT_CONTEXT, span));
  },

  async 'meters of several scopes'(sdk) {
    const provider = sdk.meters({ resource: { 'service.name': 'shop', n: 1 } });
    const meters = [
      provider.getMeter('bare'),
      provider.getMeter('versioned', '1.2.3'),
      provider.getMeter('with schema', '1.2.3', { schemaUrl: 'https://example.com/1' }),
      provider.getMeter('unused'),
    ];
    for (const meter of meters.slice(0, 3)) meter.createCounter('counter').add(1);
  },
};
