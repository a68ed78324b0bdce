import type { Configuration, Step } from '../../cases.ts';
import { composite, sub } from './configuration.ts';

/** Returns configurations whose traces are decided while the component is running. */
export function decidedInTime(): readonly Configuration[] {
  const error = { name: 'error', type: 'status_code', status_code: { status_codes: ['ERROR'] } };
  const request = (...spans: readonly object[]): Step => ({ send: { resourceSpans: [{ scopeSpans: [{ spans }] }] } });
  const span = (trace: number, name: string, code = 0, parent = '1111111111111111') => ({
    traceId: trace.toString(16).padStart(32, '0'),
    spanId: '2222222222222222',
    ...(parent && { parentSpanId: parent }),
    name,
    status: { code },
  });
  const wait = (waitMillis: number): Step => ({ waitMillis });
  const timed = (name: string, options: object, ...steps: readonly Step[]): Configuration => ({
    name,
    config: { decision_wait: '1s', policies: [error], ...options },
    signals: ['traces'],
    steps,
  });
  const late = [
    request(span(1, 'a', 2), span(2, 'a')),
    wait(3500),
    request(span(1, 'late'), span(2, 'late', 2), span(3, 'other', 2)),
  ];
  const caches = { sampled_cache_size: 10, non_sampled_cache_size: 10 };
  return [
    timed('late spans', {}, ...late),
    timed('late spans with caches', { decision_cache: caches }, ...late),
    timed('late spans with a cache of sampled traces', { decision_cache: { sampled_cache_size: 1 } }, ...late),
    timed('late spans with a cache of other traces', { decision_cache: { non_sampled_cache_size: 1 } }, ...late),
    timed(
      'late spans of a forgotten trace',
      { num_traces: 1 },
      request(span(1, 'a', 2)),
      wait(3500),
      request(span(2, 'b')),
      request(span(1, 'late')),
    ),
    timed(
      'more traces than num_traces',
      { num_traces: 2 },
      request(span(1, 'a', 2)),
      request(span(2, 'b', 2)),
      request(span(3, 'c', 2)),
      wait(3500),
    ),
    timed(
      'a forgotten decision',
      { decision_cache: { sampled_cache_size: 1 } },
      request(span(1, 'a', 2)),
      wait(3500),
      request(span(2, 'b', 2)),
      wait(3500),
      request(span(1, 'late')),
    ),
    timed(
      'late spans of a dropped trace',
      {
        policies: [
          { name: 'd', type: 'drop', drop: { drop_sub_policy: [error] } },
          { name: 'all', type: 'always_sample' },
        ],
      },
      ...late,
    ),
    timed(
      'root span',
      { decision_wait: '20s', decision_wait_after_root_received: '1s' },
      request(span(1, 'root', 0, ''), span(2, 'a')),
      wait(3500),
      request(span(1, 'late', 2), span(2, 'b', 2)),
    ),
    timed(
      'root span after others',
      { decision_wait: '20s', decision_wait_after_root_received: '500ms' },
      request(span(1, 'a', 2)),
      request(span(1, 'root', 0, '')),
      wait(2500),
      request(span(1, 'late')),
    ),
    timed(
      'maximum size of a late span',
      { maximum_trace_size_bytes: 150 },
      request(span(1, 'a', 2)),
      wait(3500),
      request(span(1, 'late')),
      request(span(2, 'x'.repeat(200), 2)),
      request(span(2, 'b', 2)),
    ),
    timed(
      'span-ingest, late spans',
      { sampling_strategy: 'span-ingest' },
      request(span(1, 'a')),
      request(span(1, 'b', 2)),
      request(span(1, 'c')),
      request(span(2, 'a')),
      wait(3500),
      request(span(1, 'late')),
      request(span(2, 'late', 2)),
    ),
    timed(
      'drop_pending_traces_on_shutdown after a decision',
      { drop_pending_traces_on_shutdown: true },
      request(span(1, 'a', 2)),
      wait(3500),
      request(span(2, 'b', 2)),
    ),
  ];
}

/**
 * Returns configurations with limits. Traces arrive one at a time, because the Collector decides the traces of a second
 * in any order.
 */
export function limited(): readonly Configuration[] {
  const trace = (id: number, spans: number): Step => ({
    send: {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'a', value: { stringValue: 'b' } }] },
          scopeSpans: [
            {
              spans: Array.from({ length: spans }, (_, index) => ({
                traceId: id.toString(16).padStart(32, '0'),
                spanId: `222222222222222${index}`,
                name: `s${index}`,
                status: { code: id % 2 === 0 ? 2 : 0 },
              })),
            },
          ],
        },
      ],
    },
  });
  const limit = (name: string, policy: object, ...steps: readonly Step[]): Configuration => ({
    name,
    config: { decision_wait: '1s', policies: [{ name: 'limit', ...policy }] },
    signals: ['traces'],
    steps,
  });
  const wait = { waitMillis: 1000 };
  const always = sub({ type: 'always_sample' }, 'all');
  const odd = sub({ type: 'status_code', status_code: { status_codes: ['ERROR'] } }, 'error');
  return [
    limit(
      'rate_limiting, within the burst',
      { type: 'rate_limiting', rate_limiting: { spans_per_second: 2 } },
      trace(1, 4),
    ),
    limit(
      'rate_limiting, above the burst',
      { type: 'rate_limiting', rate_limiting: { spans_per_second: 2 } },
      trace(1, 5),
    ),
    limit(
      'rate_limiting, own burst',
      { type: 'rate_limiting', rate_limiting: { spans_per_second: 1, burst_capacity: 5 } },
      trace(1, 5),
      wait,
      trace(2, 5),
    ),
    limit('rate_limiting, zero', { type: 'rate_limiting' }, trace(1, 1)),
    limit(
      'rate_limiting without refill',
      { type: 'rate_limiting', rate_limiting: { burst_capacity: 5 } },
      trace(1, 3),
      wait,
      trace(2, 3),
      wait,
      trace(3, 2),
    ),
    limit('bytes_limiting, exact', { type: 'bytes_limiting', bytes_limiting: { burst_capacity: 98 } }, trace(1, 2)),
    ...[80, 90, 95, 97, 99, 105].map((burst) =>
      limit(
        `bytes_limiting of ${burst}`,
        { type: 'bytes_limiting', bytes_limiting: { burst_capacity: burst } },
        trace(1, 2),
      ),
    ),
    limit(
      'bytes_limiting, twice the rate',
      { type: 'bytes_limiting', bytes_limiting: { bytes_per_second: 60 } },
      trace(1, 2),
      wait,
      trace(2, 9),
    ),
    limit(
      'composite within the shares',
      composite({ max_total_spans_per_second: 8, composite_sub_policy: [odd, always] }),
      trace(1, 4),
      wait,
      trace(2, 5),
      wait,
      trace(3, 5),
    ),
    limit(
      'composite with shares',
      composite({
        max_total_spans_per_second: 10,
        composite_sub_policy: [odd, always],
        rate_allocation: [{ policy: 'error', percent: 75 }],
      }),
      trace(2, 7),
      wait,
      trace(4, 8),
      wait,
      trace(1, 5),
      wait,
      trace(3, 6),
    ),
    limit(
      'and with rate_limiting',
      {
        type: 'and',
        and: { and_sub_policy: [odd, sub({ type: 'rate_limiting', rate_limiting: { burst_capacity: 4 } })] },
      },
      trace(1, 4),
      wait,
      trace(2, 4),
      wait,
      trace(4, 4),
    ),
  ];
}
