import { defineExtension } from '../component/define.ts';
import { AlertingExtension } from './alerting/alerting-extension.ts';
import { checkAlerting } from './alerting/check.ts';
import { config } from './alerting/config.ts';

export const alerting = defineExtension({
  summary: 'Evaluates recording and alerting rules over a store, and notifies receivers of alerts.',
  stability: 'alpha',
  config,
  examples: [
    {
      title: 'Rule files of Prometheus, and a webhook',
      config: {
        rule_files: ['./rules/*.yml'],
        external_url: 'http://otelier.example:4319',
        route: { receiver: 'team' },
        receivers: [{ name: 'team', webhook_configs: [{ url: 'http://127.0.0.1:9000/alerts' }] }],
      },
    },
    {
      title: 'A rule and an SLO in the configuration',
      config: {
        groups: [{ name: 'shop', rules: [{ alert: 'Down', expr: 'up == 0', for: '1m' }] }],
        slos: [{ name: 'checkout', objective: 99.9, window: '30d', service: 'shop' }],
      },
    },
  ],
  describe: ({ ruleFiles, groups, slos }) =>
    [
      ...ruleFiles,
      ...(groups.length > 0 ? [`${groups.length} groups`] : []),
      ...(slos.length > 0 ? [`${slos.length} SLOs`] : []),
    ].join(', '),
  check: (options) => checkAlerting(options),
  create: (options, context) => new AlertingExtension(options, context),
});
