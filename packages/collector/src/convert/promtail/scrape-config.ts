import type { Section } from '../source/section.ts';
import { convertStages } from '../stages/convert-stages.ts';
import { StageContext } from '../stages/stage-context.ts';
import { dockerTarget } from './docker-target.ts';
import { fileTargets } from './file-targets.ts';
import { journalTarget } from './journal-target.ts';
import { kafkaTarget } from './kafka-target.ts';
import { kubernetesTarget } from './kubernetes-target.ts';
import { pushTarget } from './push-target.ts';
import { readStages } from './stages.ts';
import { syslogTarget } from './syslog-target.ts';
import type { ScrapeContext, Target } from './target.ts';

/** A receiver, and the processors that its logs need. */
export interface ScrapedLogs {
  readonly receiver: string;
  readonly processors: readonly string[];
}

type ReadTargets = (section: Section, context: ScrapeContext) => Target[];

const TARGETS: Readonly<Record<string, ReadTargets>> = {
  static_configs: fileTargets,
  journal: journalTarget,
  syslog: syslogTarget,
  kubernetes_sd_configs: kubernetesTarget,
  docker_sd_configs: dockerTarget,
  loki_push_api: pushTarget,
  kafka: kafkaTarget,
};

/** The receivers with operators. */
const HAS_OPERATORS = new Set(['file_log', 'journald', 'syslog']);

/** Targets that are not converted, with what to do instead. */
const MISSING: Readonly<Record<string, string>> = {
  windows_events: 'there is no receiver for the event log of Windows',
  gcplog: 'send the logs with a subscription to the receiver webhook_event',
  azure_event_hub: 'use the receiver kafka with the Kafka endpoint of Event Hubs',
  cloudflare: 'use Logpush to S3 or to the receiver webhook_event',
  gelf: 'use the receiver udp_log with the operator json_parser',
  heroku_drain: 'use the receiver webhook_event',
  file_sd_configs: 'use file_log with the globs of the files',
  consul_sd_configs: 'use file_log with the globs of the files',
  consulagent_sd_configs: 'use file_log with the globs of the files',
};

/** Converts an entry of `scrape_configs`. */
export function convertScrapeConfig(section: Section, context: ScrapeContext): ScrapedLogs[] {
  const name = section.text('job_name') ?? '';
  const encoding = section.value('encoding');
  section.missing('decompression', 'compressed files are not converted with their settings', COMPRESSION);
  const results = targetsOf(section, context).map((target) => {
    const addStages = (stages: StageContext) =>
      convertStages(readStages(section, 'pipeline_stages'), stages, (match) => readStages(match, 'stages'));
    return addReceiver(target, name, addStages, encoding, context);
  });
  for (const { receiver } of results) context.builder.setPlace('receivers', receiver, section.place);
  section.skip('pipeline_stages', 'entry_parser', 'relabel_configs');
  section.finish();
  return results;
}

const COMPRESSION = 'set compression of file_log';

/** Returns the targets of a mapping with the keys of `scrape_configs`. Reports those that are not converted. */
export function targetsOf(section: Section, context: ScrapeContext): Target[] {
  for (const [key, instead] of Object.entries(MISSING))
    section.missing(key, 'this kind of target is not converted', instead);
  return Object.entries(TARGETS).flatMap(([key, read]) => (section.has(key) ? read(section, context) : []));
}

/** Adds the receiver of a target. `addStages` adds the operators of its stages. */
export function addReceiver(
  target: Target,
  name: string,
  addStages: (context: StageContext) => void,
  encoding: unknown,
  { builder, report }: Pick<ScrapeContext, 'builder' | 'report'>,
): ScrapedLogs {
  const config = report.attach(() => {
    const context = new StageContext(report, target.labels);
    target.prepare?.(context);
    if (HAS_OPERATORS.has(target.type)) addStages(context);
    return {
      ...target.config,
      ...(encoding !== undefined && target.type === 'file_log' && { encoding }),
      ...(HAS_OPERATORS.has(target.type) && { resource: { 'loki.format': 'raw' }, operators: context.finish() }),
    };
  });
  const receiver = builder.add('receivers', target.type, target.name || name, config);
  return { receiver, processors: target.processors ?? [] };
}
