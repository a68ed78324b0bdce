import type { LoadScenario } from '../scenario.ts';
import { sideBySide } from './contestants.ts';

/** gRPC in, one processor, drop: the cost of reading and editing each span. */
export const PROCESSORS: readonly LoadScenario[] = [
  processor('filter', 'filter by an attribute', {
    filter: { error_mode: 'ignore', traces: { span: ['attributes["http.response.status_code"] == 500'] } },
  }),
  processor('sampler', 'keep 10 % by trace id', { probabilistic_sampler: { sampling_percentage: 10 } }),
  processor('attributes', 'insert one attribute, delete another', {
    attributes: {
      actions: [
        { key: 'env', value: 'prod', action: 'insert' },
        { key: 'user_agent.original', action: 'delete' },
      ],
    },
  }),
];

function processor(name: string, what: string, processors: Readonly<Record<string, unknown>>): LoadScenario {
  return {
    kind: 'load',
    name: `process-${name}`,
    group: 'Receive, process, drop',
    what: `gRPC in, ${what}, drop`,
    load: { protocol: 'grpc', signal: 'traces', itemsPerRequest: 1_000 },
    contestants: sideBySide({ processors, exporter: 'nop' }, 'otelcol-contrib'),
    goals: [],
  };
}
