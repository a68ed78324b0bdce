import { defineProcessor } from '../component/define.ts';
import { checkStorage } from '../component/storage/storage-of.ts';
import { formatCount, formatDuration } from '../component/units.ts';
import { tailSamplingConfig } from './tail_sampling/config.ts';
import { TailSamplingProcessor } from './tail_sampling/processor.ts';

export const tailSampling = defineProcessor({
  summary: 'Samples whole traces based on policies, after waiting for their spans.',
  stability: 'beta',
  signals: ['traces'],
  partitionBy: 'trace',
  samples: true,
  config: tailSamplingConfig,
  examples: [
    {
      title: 'All traces with errors, slow ones, and 10 % of the others',
      config: {
        decision_wait: '10s',
        policies: [
          { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
          { name: 'slow', type: 'latency', latency: { threshold_ms: 1000 } },
          { name: 'others', type: 'probabilistic', probabilistic: { sampling_percentage: 10 } },
        ],
      },
    },
    {
      title: 'No health checks, and up to 1,000 spans per second of the rest',
      config: {
        decision_wait: '10s',
        policies: [
          {
            name: 'health',
            type: 'drop',
            drop: {
              drop_sub_policy: [
                {
                  name: 'route',
                  type: 'string_attribute',
                  string_attribute: { key: 'http.route', values: ['/healthz'] },
                },
              ],
            },
          },
          { name: 'limit', type: 'rate_limiting', rate_limiting: { spans_per_second: 1000 } },
        ],
      },
    },
  ],
  describe: ({ policies, decisionWait }) =>
    `${formatCount(policies.length, 'policy').replace(/ys$/, 'ies')}, ${formatDuration(decisionWait)}`,
  check: ({ storage }, use) => checkStorage(storage, ['storage'], use),
  create: (config, next, context) => new TailSamplingProcessor(config, next, context),
});
