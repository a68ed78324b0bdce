const SEVERAL =
  'Several values in a line, as clients of DogStatsD 1.1 send them, are read here and dropped by the Collector.';

/** What happens here otherwise than in the Collector, by the start of the lines of a case, with the reason. */
export const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['{} a:1:2:3|c', SEVERAL],
  ['{} a:1:2|d', SEVERAL],
  ['{} a:u1|s / a:u2|s / a:u1|s', 'Sets count their distinct values here; the Collector drops them.'],
  [
    '{"timer_histogram_mapping":[{"statsd_type":"histogram","observer_type":"histogram","histogram":{"max_size":4}}]} a:1|h / a:100|h / a:3|h',
    'The Collector applies `max_size` of histograms to timings.',
  ],
]);
