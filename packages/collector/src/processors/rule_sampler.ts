import { defineProcessor } from '../component/define.ts';
import { formatCount } from '../component/units.ts';
import { ruleSamplerConfig } from './rule_sampler/config.ts';
import { createRuleSampler } from './rule_sampler/processor.ts';

export const ruleSampler = defineProcessor({
  summary:
    'Keeps, drops, samples or rate-limits spans and log records by the first rule that matches, and records their weights.',
  stability: 'development',
  signals: ['traces', 'logs'],
  samples: true,
  config: ruleSamplerConfig,
  examples: [
    {
      title: 'Keep errors, drop health checks, keep at most 20 checkouts per second and 5 % of all others',
      config: {
        rules: [
          { name: 'errors', conditions: ['status.code == STATUS_CODE_ERROR'], action: 'keep' },
          { name: 'health checks', attributes: { 'http.route': '/healthz' }, action: 'drop' },
          { name: 'checkout', attributes: { 'http.route': '/checkout' }, action: 'rate_limit', items_per_second: 20 },
        ],
        default: { action: 'probability', sampling_percentage: 5 },
      },
    },
    {
      title: 'Count what a rule would drop, without dropping it',
      config: {
        rules: [{ name: 'debug', conditions: ['severity_number < SEVERITY_NUMBER_INFO'], action: 'drop' }],
        dry_run: true,
      },
    },
  ],
  describe: ({ rules, dryRun }) => `${formatCount(rules.length, 'rule')}${dryRun ? ', dry run' : ''}`,
  create: createRuleSampler,
});
