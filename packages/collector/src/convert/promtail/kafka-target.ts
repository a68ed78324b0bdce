import { variableName } from '../source/references.ts';
import type { Section } from '../source/section.ts';
import type { ScrapeContext, Target } from './target.ts';

/** Converts `kafka`. The receiver has no operators, so that stages are not converted. */
export function kafkaTarget(section: Section, _context: ScrapeContext): Target[] {
  const kafka = section.section('kafka');
  if (kafka === undefined) return [];
  const brokers = kafka.texts('brokers');
  const topics = kafka.texts('topics');
  const group = kafka.value('group_id') ?? 'promtail';
  kafka.skip('version', 'assignor', 'use_incoming_timestamp');
  kafka.missing('labels', 'labels are not added', 'add them with the processor attributes');
  const authentication = kafka.section('authentication');
  const sasl = authentication?.section('sasl_config');
  const auth = sasl && {
    sasl: {
      mechanism: sasl.value('mechanism') ?? 'PLAIN',
      username: sasl.value('user'),
      password: sasl.secret('password', variableName('kafka', 'password')),
    },
  };
  sasl?.finish();
  authentication?.skip('type');
  authentication?.finish();
  kafka.finish();
  section.missing('relabel_configs', 'labels of messages are not changed', 'use the processor transform');
  section.missing('pipeline_stages', 'stages of messages are not converted', 'use the processor transform');
  return [
    {
      type: 'kafka',
      name: '',
      config: {
        brokers,
        group_id: group,
        logs: { topics, encoding: 'text' },
        ...(auth !== undefined && { auth }),
      },
      labels: [],
    },
  ];
}
