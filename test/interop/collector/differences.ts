/** A configuration for which otelier intentionally behaves differently. */
export interface KnownDifference {
  readonly type: string;
  /** Name of the configuration. */
  readonly name: string;
  readonly reason: string;
}

/** All known differences, which are at most 1 % of the recorded behaviors. */
export const DIFFERENCES: readonly KnownDifference[] = [
  {
    type: 'sum',
    name: 'two attributes',
    reason:
      'The Collector adds each value once for each attribute, so that sums with two attributes are twice as high.',
  },
  {
    type: 'tail_sampling',
    name: 'ottl_condition of both',
    reason:
      'The Collector leaves spanevent.event_index unset in this processor, so that conditions with it never match.',
  },
  {
    type: 'metric_start_time',
    name: 'subtract_initial_point: all kinds of values',
    reason: 'The Collector forwards metrics without points after it has dropped their first points.',
  },
  {
    type: 'probabilistic_sampler',
    name: 'negative precision',
    reason: 'The Collector accepts it without a meaning.',
  },
  {
    type: 'probabilistic_sampler',
    name: 'seed that is too large',
    reason: 'The Collector silently takes the lower 32 bits.',
  },
  {
    type: 'service_graph',
    name: 'span that ends before it starts',
    reason: 'Its duration is 0, as in span_metrics. In the Collector it wraps around to 584 years.',
  },
  {
    type: 'groupbytrace',
    name: 'at most 2 traces',
    reason: 'The Collector removes an evicted trace late, together with spans that have arrived again.',
  },
];
