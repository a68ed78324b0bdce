import type { ComponentCases, Configuration } from '../cases.ts';
import { composite, flag, number, ottl, policies, settings, sub, text } from './tail_sampling/configuration.ts';
import { decidedInTime, limited } from './tail_sampling/timed.ts';

/** Test cases for `tail_sampling`. Without waits, all traces are decided at shutdown. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'tail_sampling',
  configurations: [...decidedAtShutdown(), ...decidedInTime(), ...limited(), ...refused()],
};

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
