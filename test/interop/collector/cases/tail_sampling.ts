import { createRandom } from '@otelier/testkit';
import { randomAttributes } from '../../ottl/values.ts';
import type { ComponentCases, Configuration, Step } from '../cases.ts';

/** Requests with spans of 60 traces, in several resources and scopes, and several requests for most traces. */
const MIXED: readonly Step[] = mixedSteps();

/** Configurations of `tail_sampling`. Without waits, all traces are decided at shutdown. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'tail_sampling',
  configurations: [...decidedAtShutdown(), ...decidedInTime(), ...limited(), ...refused()],
};

function policies(name: string, ...list: readonly object[]): Configuration {
  return settings(name, {}, ...list);
}

function settings(name: string, options: object, ...list: readonly object[]): Configuration {
  const named = list.map((policy, index) => ({ name: `p${index}`, ...policy }));
  return { name, config: { decision_wait: '1s', ...options, policies: named }, signals: ['traces'], steps: MIXED };
}

function decidedAtShutdown(): readonly Configuration[] {
  const error = { type: 'status_code', status_code: { status_codes: ['ERROR'] } };
  const half = { type: 'probabilistic', probabilistic: { sampling_percentage: 50 } };
  const always = { type: 'always_sample' };
  const shop = text('service.name', ['shop']);
  return [
    policies('no policies'),
    policies('always_sample', always),
    policies('latency', { type: 'latency', latency: { threshold_ms: 100 } }),
    policies('latency with zero threshold', { type: 'latency', latency: {} }),
    policies('latency in a range', { type: 'latency', latency: { threshold_ms: 50, upper_threshold_ms: 200 } }),
    policies('negative latency', { type: 'latency', latency: { threshold_ms: -1 } }),
    policies('numeric_attribute in a range', number({ min_value: 400, max_value: 499 })),
    policies('numeric_attribute with a minimum', number({ min_value: 500 })),
    policies('numeric_attribute with a maximum', number({ max_value: 300 })),
    policies('numeric_attribute around zero', number({ min_value: -5, max_value: 5 })),
    policies('numeric_attribute inverted', number({ min_value: 400, max_value: 599, invert_match: true })),
    policies('numeric_attribute of other types', number({ key: 'user', max_value: 1 })),
    policies('string_attribute of a span', text('http.request.method', ['DELETE', ''])),
    policies('string_attribute of a resource', shop),
    policies('string_attribute, many values', text('user', ['1', '2', '3', '4', '5', '6', '7', '8', 'ann', ''])),
    policies('string_attribute inverted', text('service.name', ['shop', 'payments'], { invert_match: true })),
    policies('string_attribute, pattern', text('user', ['^a.*', 'o'], { enabled_regex_matching: true })),
    policies('string_attribute, empty pattern', text('empty', ['^$'], { enabled_regex_matching: true })),
    policies('string_attribute, pattern that all texts match', text('host', ['.*'], { enabled_regex_matching: true })),
    policies(
      'string_attribute, inverted pattern with a cache',
      text('user', ['bob|ann'], { enabled_regex_matching: true, cache_max_size: 1, invert_match: true }),
    ),
    policies('boolean_attribute, true', flag({ value: true })),
    policies('boolean_attribute, false', flag({})),
    policies('boolean_attribute inverted', flag({ value: true, invert_match: true })),
    policies('boolean_attribute of other types', flag({ key: 'user' })),
    policies('probabilistic', half),
    policies('probabilistic, 0 %', { type: 'probabilistic' }),
    policies('probabilistic, 100 %', { type: 'probabilistic', probabilistic: { sampling_percentage: 100 } }),
    policies('probabilistic, above 100 %', { type: 'probabilistic', probabilistic: { sampling_percentage: 250 } }),
    policies('probabilistic, negative', { type: 'probabilistic', probabilistic: { sampling_percentage: -3 } }),
    policies('probabilistic, 33.3 %', { type: 'probabilistic', probabilistic: { sampling_percentage: 33.3 } }),
    policies('probabilistic with a salt', {
      type: 'probabilistic',
      probabilistic: { sampling_percentage: 25, hash_salt: 'tier-2 ü' },
    }),
    policies('status_code', error),
    policies('status_code, several', { type: 'status_code', status_code: { status_codes: ['OK', 'ERROR'] } }),
    policies('status_code, unset', { type: 'status_code', status_code: { status_codes: ['UNSET'] } }),
    policies('span_count, minimum', { type: 'span_count', span_count: { min_spans: 4 } }),
    policies('span_count, range', { type: 'span_count', span_count: { min_spans: 2, max_spans: 3 } }),
    policies('span_count, maximum', { type: 'span_count', span_count: { max_spans: 2 } }),
    policies('trace_state', { type: 'trace_state', trace_state: { key: 'a', values: ['1', ''] } }),
    policies('trace_state of a vendor', { type: 'trace_state', trace_state: { key: 't@v', values: ['x y'] } }),
    policies('trace_flags', { type: 'trace_flags' }),
    policies(
      'ottl_condition of spans',
      ottl({ span: ['attributes["user"] == "ann"', 'span.kind == SPAN_KIND_CLIENT'] }),
    ),
    policies(
      'ottl_condition of other contexts',
      ottl({ span: ['resource.attributes["service.name"] == "shop" and scope.name == "lib"'] }),
    ),
    policies('ottl_condition of events', ottl({ spanevent: ['name == "retry"', 'spanevent.attributes["n"] > 2'] })),
    policies(
      'ottl_condition of both',
      ottl({ span: ['status.code == STATUS_CODE_ERROR'], spanevent: ['event_index == 1'] }),
    ),
    policies('ottl_condition that fails', ottl({ span: ['Substring(name, 0, 50) == "x"', 'name == "checkout"'] })),
    policies(
      'ottl_condition that fails, ignored',
      ottl({ error_mode: 'ignore', span: ['Substring(name, 0, 50) == "x"', 'name == "checkout"'] }),
    ),
    policies(
      'ottl_condition that fails, propagated',
      ottl({ error_mode: 'propagate', span: ['Substring(name, 0, 50) == "x"', 'name == "checkout"'] }),
    ),
    policies(
      'ottl_condition that fails, with another policy',
      ottl({ error_mode: 'propagate', span: ['Substring(name, 0, 50) == "x"'] }),
      half,
    ),
    policies('and', { type: 'and', and: { and_sub_policy: [sub(error), sub(shop)] } }),
    policies('and with not', {
      type: 'and',
      and: { and_sub_policy: [sub(half), { name: 'n', type: 'not', not: { not_sub_policy: sub(error) } }] },
    }),
    policies('and without policies', { type: 'and', and: {} }),
    policies('and with an inverted policy', {
      type: 'and',
      and: { and_sub_policy: [sub(text('service.name', ['shop'], { invert_match: true })), sub(error)] },
    }),
    policies('and with a failing policy', {
      type: 'and',
      and: {
        and_sub_policy: [sub(ottl({ error_mode: 'propagate', span: ['Substring(name, 0, 50) == "x"'] })), sub(always)],
      },
    }),
    policies('not', { type: 'not', not: { not_sub_policy: sub(error) } }),
    policies('not inverted', {
      type: 'not',
      not: { not_sub_policy: sub(text('user', ['ann'], { invert_match: true })) },
    }),
    policies('drop before all', always, { type: 'drop', drop: { drop_sub_policy: [sub(shop), sub(half)] } }),
    policies(
      'drop with not',
      { type: 'drop', drop: { drop_sub_policy: [{ name: 'n', type: 'not', not: { not_sub_policy: sub(error) } }] } },
      always,
    ),
    policies('drop without policies', { type: 'drop' }, always),
    policies(
      'drop with a failing policy',
      {
        type: 'drop',
        drop: { drop_sub_policy: [sub(ottl({ error_mode: 'propagate', span: ['Substring(name, 0, 50) == "x"'] }))] },
      },
      always,
    ),
    policies('inverted and other policies', text('service.name', ['shop'], { invert_match: true }), error),
    policies('several policies', error, half, number({ min_value: 500 })),
    settings('sample_on_first_match', { sample_on_first_match: true }, half, error),
    policies(
      'composite',
      composite({ max_total_spans_per_second: 100_000, composite_sub_policy: [sub(error, 'e'), sub(half, 'h')] }),
    ),
    policies(
      'composite with and',
      composite({
        max_total_spans_per_second: 100_000,
        policy_order: ['h', 'a'],
        composite_sub_policy: [
          { name: 'a', type: 'and', and: { and_sub_policy: [sub(error), sub(half)] } },
          sub(shop, 'h'),
        ],
        rate_allocation: [
          { policy: 'a', percent: 50 },
          { policy: 'other', percent: 10 },
        ],
      }),
    ),
    policies('composite without capacity', composite({ composite_sub_policy: [sub(always, 'a')] })),
    policies('composite without policies', composite({ max_total_spans_per_second: 10 })),
    settings('drop_pending_traces_on_shutdown', { drop_pending_traces_on_shutdown: true }, always),
    settings('maximum_trace_size_bytes', { maximum_trace_size_bytes: 1500 }, always),
    settings('num_shards', { num_shards: 4 }, error),
    settings(
      'other options',
      { expected_new_traces_per_sec: 10, num_traces: 1000, decision_wait_after_root_received: '1s' },
      error,
    ),
    settings('span-ingest', { sampling_strategy: 'span-ingest' }, error, number({ min_value: 500 })),
    settings(
      'span-ingest with drop',
      { sampling_strategy: 'span-ingest' },
      { type: 'drop', drop: { drop_sub_policy: [sub(shop)] } },
      error,
    ),
    settings(
      'span-ingest with caches',
      { sampling_strategy: 'span-ingest', decision_cache: { sampled_cache_size: 100, non_sampled_cache_size: 100 } },
      error,
    ),
    settings(
      'span-ingest by the number of spans',
      { sampling_strategy: 'span-ingest' },
      { type: 'span_count', span_count: { min_spans: 3 } },
    ),
    settings(
      'span-ingest, inverted',
      { sampling_strategy: 'span-ingest' },
      text('service.name', ['shop'], { invert_match: true }),
    ),
    settings('few traces', { num_traces: 1000, decision_cache: { sampled_cache_size: -5 } }, always),
  ];
}

/** Traces that are decided while the component runs. */
function decidedInTime(): readonly Configuration[] {
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
      'drop_pending_traces_on_shutdown',
      { drop_pending_traces_on_shutdown: true },
      request(span(1, 'a', 2)),
      wait(3500),
      request(span(2, 'b', 2)),
    ),
  ];
}

/** Limits, with one trace at a time, because the Collector decides about the traces of a second in any order. */
function limited(): readonly Configuration[] {
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

function refused(): readonly Configuration[] {
  const status = { type: 'status_code', status_code: { status_codes: ['ERROR'] } };
  const limit = { type: 'rate_limiting', rate_limiting: { spans_per_second: 5 } };
  return [
    policies('a policy without a name', { ...status, name: '' }),
    policies('two policies with the same name', { ...status, name: 'a' }, { ...status, name: 'a' }),
    policies('an unknown type', { type: 'colour' }),
    policies('no type', {}),
    policies('no status codes', { type: 'status_code' }),
    policies('an unknown status code', { type: 'status_code', status_code: { status_codes: ['error'] } }),
    policies('an invalid pattern', text('a', ['(?!x)'], { enabled_regex_matching: true })),
    policies('no conditions', { type: 'ottl_condition' }),
    policies('an invalid condition', ottl({ span: ['colour == 1'] })),
    policies('an invalid error mode', ottl({ error_mode: 'loud', span: ['true'] })),
    policies('and in and', {
      type: 'and',
      and: { and_sub_policy: [{ name: 'b', type: 'and', and: { and_sub_policy: [] } }] },
    }),
    policies('not without a policy', { type: 'not' }),
    policies('not of and', { type: 'not', not: { not_sub_policy: { name: 'b', type: 'and' } } }),
    policies('not in composite', composite({ composite_sub_policy: [{ name: 'b', type: 'not' }] })),
    policies('drop in drop', { type: 'drop', drop: { drop_sub_policy: [{ name: 'b', type: 'drop' }] } }),
    policies('an unknown option', { ...status, latency: { threshold: 5 } }),
    policies('a text as number', { type: 'span_count', span_count: { min_spans: 'two' } }),
    settings('an unknown strategy', { sampling_strategy: 'guess' }, status),
    settings('an invalid duration', { decision_wait: 'soon' }, status),
    settings('negative num_traces', { num_traces: -1 }, status),
    settings('too many shards', { num_shards: 257 }, status),
    settings('span-ingest with a limit', { sampling_strategy: 'span-ingest' }, limit),
    settings(
      'span-ingest with a nested limit',
      { sampling_strategy: 'span-ingest' },
      { type: 'and', and: { and_sub_policy: [sub(limit)] } },
    ),
    settings(
      'span-ingest with a largest latency',
      { sampling_strategy: 'span-ingest' },
      { type: 'latency', latency: { upper_threshold_ms: 5 } },
    ),
    settings(
      'span-ingest with a largest span count',
      { sampling_strategy: 'span-ingest' },
      { type: 'span_count', span_count: { max_spans: 5 } },
    ),
  ];
}

function sub(policy: object, name = 'sub'): object {
  return { name, ...policy };
}

function number(options: object): object {
  return { type: 'numeric_attribute', numeric_attribute: { key: 'http.response.status_code', ...options } };
}

function flag(options: object): object {
  return { type: 'boolean_attribute', boolean_attribute: { key: 'cached', ...options } };
}

function text(key: string, values: readonly string[], options: object = {}): object {
  return { type: 'string_attribute', string_attribute: { key, values, ...options } };
}

function ottl(options: object): object {
  return { type: 'ottl_condition', ottl_condition: options };
}

function composite(options: object): object {
  return { type: 'composite', composite: options };
}

function mixedSteps(): readonly Step[] {
  const source = createRandom(4711);
  const random = () => source(2 ** 32) / 2 ** 32;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const traces = Array.from({ length: 60 }, () =>
    Array.from({ length: 32 }, () => pick([...'0123456789abcdef'])).join(''),
  );
  const maybe = (share: number, fields: object) => (random() < share ? fields : {});
  const value = () =>
    pick([
      { stringValue: pick(['ann', 'bob', 'otto', '', '7']) },
      { intValue: pick(['0', '3', '-7']) },
      { boolValue: true },
      { doubleValue: 1.5 },
    ]);
  const span = () => {
    const start = 1_700_000_000_000_000_000n + BigInt(Math.floor(random() * 50)) * 1_000_000n;
    return {
      traceId: pick(traces),
      spanId: 'b7ad6b7169203331',
      ...maybe(0.8, { parentSpanId: 'a7ad6b7169203331' }),
      ...maybe(0.3, {
        traceState: pick(['a=1,b=2', 'a=2', 'broken', 'a=1,a=1', 't@v=x y', ' a=1 ', 'ot=th:8', 'a=1,,b=']),
      }),
      name: pick(['GET /orders/5', 'checkout', '', `${'long '.repeat(12)}`]),
      kind: Math.floor(random() * 6),
      startTimeUnixNano: `${start}`,
      ...maybe(0.95, { endTimeUnixNano: `${start + BigInt(Math.floor(random() * 150)) * 999_999n}` }),
      attributes: [
        ...randomAttributes(random),
        ...(random() < 0.5
          ? [{ key: 'http.response.status_code', value: { intValue: pick(['200', '299', '404', '500', '0']) } }]
          : []),
        ...(random() < 0.4
          ? [{ key: 'http.request.method', value: { stringValue: pick(['GET', 'POST', 'DELETE', '']) } }]
          : []),
        ...(random() < 0.3 ? [{ key: 'user', value: value() }] : []),
        ...(random() < 0.3
          ? [{ key: 'cached', value: pick([{ boolValue: true }, { boolValue: false }, { stringValue: 'true' }]) }]
          : []),
      ],
      ...maybe(0.3, {
        events: [
          { name: pick(['retry', 'e']), attributes: [{ key: 'n', value: { intValue: pick(['1', '3']) } }] },
          ...(random() < 0.3 ? [{ name: 'second' }] : []),
        ],
      }),
      ...maybe(0.5, { status: { code: pick([0, 0, 1, 1, 1, 2]), message: pick(['', 'failed']) } }),
      ...maybe(0.3, { flags: pick([1, 0, 256, 257]) }),
    };
  };
  return Array.from({ length: 40 }, () => ({
    send: {
      resourceSpans: Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: pick(['shop', 'payments', 'front-end', 'mail']) } },
            ...(random() < 0.2 ? [{ key: 'empty', value: { stringValue: '' } }] : []),
            ...(random() < 0.2 ? [{ key: 'host', value: value() }] : []),
          ],
        },
        scopeSpans: Array.from({ length: 1 + Math.floor(random() * 2) }, () => ({
          scope: { name: pick(['lib', 'other', '']) },
          spans: Array.from({ length: 1 + Math.floor(random() * 3) }, span),
        })),
      })),
    },
  }));
}
