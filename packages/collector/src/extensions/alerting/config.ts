import { encryption } from '../../component/encryption/encryption-config.ts';
import { duration, z } from '../../component/schema.ts';

const section = (what: string) => z.unknown().optional().describe(`${what}, as in Alertmanager.`);
const texts = (what: string) => z.record(z.string(), z.string()).prefault({}).describe(what);

/** The configuration of the extension, with the names of Prometheus and Alertmanager. */
export const config = z.object({
  store: z
    .string()
    .optional()
    .describe('ID of the `store` or `clickhouse_store` exporter to read and write. Optional if there is only one.'),
  ruleFiles: z
    .array(z.string().min(1))
    .prefault([])
    .describe('Rule files of Prometheus: paths with wildcards. They are read again with every reload.'),
  groups: z.array(z.record(z.string(), z.unknown())).prefault([]).describe('Groups of rules, as in a rule file.'),
  evaluationInterval: duration()
    .refine((millis) => millis >= 1000, { error: 'expected at least 1s' })
    .prefault('1m')
    .describe('Interval of groups that have none.'),
  externalLabels: texts('Labels that are added to alerts that are sent.'),
  externalUrl: z.string().prefault('http://127.0.0.1:4319').describe('URL of the page, for links in notifications.'),
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Directory for the state of alerts and notifications. Default: `alerting` in the directory of the store.',
    ),
  encryption: encryption(),
  slos: z
    .array(z.record(z.string(), z.unknown()))
    .prefault([])
    .describe('Service level objectives, from which recording and alerting rules are made.'),
  alertmanagerFile: z
    .string()
    .min(1)
    .optional()
    .describe('Configuration file of Alertmanager, instead of the sections below.'),
  global: section('Defaults of receivers'),
  route: section('Which receiver gets an alert'),
  receivers: section('Where notifications are sent'),
  inhibitRules: section('Alerts that mute others'),
  timeIntervals: section('Times at which routes are muted or active'),
  templates: section('Files with templates'),
});

export type AlertingConfig = z.output<typeof config>;
