import type { Section } from '../source/section.ts';
import { rulesOf, type ScrapeContext, type Target } from './target.ts';

/** Converts `loki_push_api`. The receiver has no operators, so that stages are not converted. */
export function pushTarget(section: Section, { report }: ScrapeContext): Target[] {
  const push = section.section('loki_push_api');
  if (push === undefined) return [];
  const server = push.section('server');
  const host = server?.text('http_listen_address') ?? '0.0.0.0';
  const port = server?.text('http_listen_port') ?? '80';
  server?.skip('grpc_listen_port', 'grpc_listen_address', 'log_level');
  server?.finish();
  const keepsTime = push.boolean('use_incoming_timestamp') === true;
  push.missing('labels', 'labels are not added', 'add them with the processor attributes');
  push.finish();
  if (rulesOf(section).length > 0)
    report.missing(
      section.at('relabel_configs'),
      'labels of received entries are not changed',
      'use the processor transform',
    );
  section.missing('pipeline_stages', 'stages of received entries are not converted', 'use the processor transform');
  return [
    {
      type: 'loki',
      name: '',
      config: { protocols: { http: { endpoint: `${host}:${port}` } }, use_incoming_timestamp: keepsTime },
      labels: [],
    },
  ];
}
