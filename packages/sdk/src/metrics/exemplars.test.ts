import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Context, ROOT_CONTEXT, TraceFlags, trace, ValueType } from '@opentelemetry/api';
import {
  createClient,
  type ExemplarReservoir,
  type MeterProviderOptions,
  type Offer,
  TracerProvider,
} from '../node.ts';
import { startSink } from '../sink.testing.ts';
import { attributesOf, dataOf, type MetricsSetUp, START_MILLIS, setUpMetrics } from './metrics.testing.ts';

type Json = Readonly<Record<string, unknown>>;

/** Returns a context with an active span. */
function inSpan(digit: string, traceFlags = TraceFlags.SAMPLED): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId: digit.repeat(32), spanId: digit.repeat(16), traceFlags });
}

/** Returns the exemplars of a metric's only point. */
async function exemplarsOf({ collect }: MetricsSetUp, name: string): Promise<readonly Json[]> {
  const [point] = dataOf(await collect(), name).dataPoints;
  return (point?.['exemplars'] ?? []) as readonly Json[];
}

describe('an exemplar', () => {
  test('is a measurement in a sampled span, with its time and IDs', async (t) => {
    const setUp = await setUpMetrics(t);
    const counter = setUp.meter.createCounter('c', { valueType: ValueType.INT });
    await setUp.clock.advance(5);
    counter.add(7, { a: 1 }, inSpan('a'));
    counter.add(8, { a: 1 }, inSpan('b', TraceFlags.NONE));
    counter.add(9, { a: 1 });
    await setUp.clock.advance(5);
    assert.deepEqual(await exemplarsOf(setUp, 'c'), [
      {
        timeUnixNano: `${START_MILLIS + 5}000000`,
        asInt: '7',
        traceId: 'a'.repeat(32),
        spanId: 'a'.repeat(16),
      },
    ]);
    // The exemplar belongs to the interval of its measurement.
    assert.deepEqual(await exemplarsOf(setUp, 'c'), []);
  });

  test('supports bound instruments and spans of this library', async (t) => {
    const setUp = await setUpMetrics(t);
    const client = createClient({ endpoint: (await startSink(t)).url });
    const traces = new TracerProvider({ client });
    const span = traces.getTracer('t').startSpan('s');
    const context = trace.setSpan(ROOT_CONTEXT, span);
    setUp.meter.createGauge('g').bind({ a: 1 }).record(1.5, context);
    const { traceId, spanId } = span.spanContext();
    const [exemplar] = await exemplarsOf(setUp, 'g');
    assert.deepEqual([exemplar?.['asDouble'], exemplar?.['traceId'], exemplar?.['spanId']], [1.5, traceId, spanId]);
    span.end();
    await traces.shutdown();
  });

  test('keeps attributes that a view removed from its point', async (t) => {
    const setUp = await setUpMetrics(t, { views: [{ instrumentName: 'c', attributeKeys: ['a'] }] });
    const counter = setUp.meter.createCounter('c');
    counter.add(1, { b: 'x', a: 1, c: true }, inSpan('a'));
    const [exemplar] = await exemplarsOf(setUp, 'c');
    assert.equal(attributesOf(exemplar ?? {}, 'filteredAttributes'), 'b="x",c=true');
  });

  test('of the overflow point keeps all attributes', async (t) => {
    const setUp = await setUpMetrics(t, { cardinalityLimit: 1 });
    const counter = setUp.meter.createCounter('c');
    counter.add(1, { a: 1 });
    counter.add(1, { a: 2 }, inSpan('a'));
    const overflow = dataOf(await setUp.collect(), 'c').dataPoints[1];
    const [exemplar] = (overflow?.['exemplars'] ?? []) as readonly Json[];
    assert.equal(attributesOf(exemplar ?? {}, 'filteredAttributes'), 'a="2"');
  });
});

describe('the filter', () => {
  const record = async (t: TestContext, options: Omit<MeterProviderOptions, 'client'>): Promise<number> => {
    const setUp = await setUpMetrics(t, options);
    const counter = setUp.meter.createCounter('c');
    counter.add(1, {}, inSpan('a'));
    counter.add(1, {}, inSpan('b', TraceFlags.NONE));
    counter.add(1);
    setUp.meter.createObservableGauge('o').addCallback((result) => result.observe(1));
    const metrics = await setUp.collect();
    return ['c', 'o'].reduce((sum, name) => {
      const exemplars = dataOf(metrics, name).dataPoints[0]?.['exemplars'] as readonly Json[] | undefined;
      return sum + (exemplars?.length ?? 0);
    }, 0);
  };

  test('accepts measurements in sampled spans, all, or none', async (t) => {
    assert.equal(await record(t, {}), 1);
    assert.equal(await record(t, { exemplarFilter: 'always_on' }), 2);
    assert.equal(await record(t, { exemplarFilter: 'always_off' }), 0);
    assert.equal(await record(t, { environment: { OTEL_METRICS_EXEMPLAR_FILTER: 'always_off' } }), 0);
    assert.equal(
      await record(t, { environment: { OTEL_METRICS_EXEMPLAR_FILTER: 'always_off' }, exemplarFilter: 'trace_based' }),
      1,
    );
  });
});

describe('a reservoir', () => {
  test('of a histogram keeps one exemplar per bucket', async (t) => {
    const setUp = await setUpMetrics(t);
    const histogram = setUp.meter.createHistogram('h', { advice: { explicitBucketBoundaries: [10, 20] } });
    for (const value of [1, 2, 3, 12, 15, 99]) histogram.record(value, {}, inSpan('a'));
    const values = (await exemplarsOf(setUp, 'h')).map(({ asDouble }) => Number(asDouble));
    assert.deepEqual(
      values.map((value) => (value <= 10 ? 0 : value <= 20 ? 1 : 2)),
      [0, 1, 2],
    );
  });

  test('of an exponential histogram keeps up to twenty exemplars', async (t) => {
    const setUp = await setUpMetrics(t, {
      views: [{ instrumentName: 'h', aggregation: { kind: 'exponential_histogram' } }],
    });
    const histogram = setUp.meter.createHistogram('h');
    for (let i = 0; i < 100; i++) histogram.record(i, {}, inSpan('a'));
    assert.equal((await exemplarsOf(setUp, 'h')).length, 20);
  });

  test('samples uniformly', async (t) => {
    let state = 1;
    // The generator from Numerical Recipes, whose upper bits are random enough.
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const setUp = await setUpMetrics(t, { random });
    const counter = setUp.meter.createCounter('c');
    const histogram = setUp.meter.createHistogram('h', { advice: { explicitBucketBoundaries: [100] } });
    for (let point = 0; point < 1_000; point++) {
      for (let value = 0; value < 4; value++) {
        counter.add(value, { point }, inSpan('a'));
        histogram.record(value, { point }, inSpan('a'));
      }
    }
    const metrics = await setUp.collect();
    for (const name of ['c', 'h']) {
      const chosen = [0, 0, 0, 0];
      for (const point of dataOf(metrics, name).dataPoints) {
        for (const { asDouble } of (point['exemplars'] ?? []) as readonly Json[]) chosen[Number(asDouble)]++;
      }
      for (const count of chosen) assert.ok(count > 200 && count < 300, `${name}: ${chosen}`);
    }
  });

  test('can be a custom one', async (t) => {
    class Largest implements ExemplarReservoir {
      #largest: Offer | undefined;
      wants(): boolean {
        return true;
      }
      keep(offer: Offer): void {
        if (this.#largest === undefined || offer.value > this.#largest.value) this.#largest = offer;
      }
      collect(): readonly Offer[] {
        const offers = this.#largest === undefined ? [] : [this.#largest];
        this.#largest = undefined;
        return offers;
      }
    }
    const setUp = await setUpMetrics(t, {
      views: [{ instrumentName: 'h', exemplarReservoir: () => new Largest() }],
      exemplarFilter: 'always_on',
    });
    const histogram = setUp.meter.createHistogram('h');
    for (const value of [3, 9, 4]) histogram.record(value);
    assert.deepEqual(
      (await exemplarsOf(setUp, 'h')).map(({ asDouble, spanId }) => [asDouble, spanId]),
      [[9, undefined]],
    );
  });
});
