import { join } from 'node:path';
import type { LoadScenario } from '../scenario.ts';
import { sideBySide } from './contestants.ts';

const FILTER = {
  filter: { error_mode: 'ignore', traces: { span: ['attributes["http.response.status_code"] == 500'] } },
};
const FUNCTION = { function: { file: join(import.meta.dirname, 'functions.ts'), function: 'noServerErrors' } };

const REDACTION = {
  redaction: {
    allow_all_keys: true,
    blocked_values: [
      '\\b4[0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\\b',
      '\\b5[1-5][0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\\b',
      '\\b3[47][0-9]{13}\\b',
      '\\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\\b',
      '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}',
      '\\b[0-9]{3}-[0-9]{2}-[0-9]{4}\\b',
      '\\b(?:[0-9]{1,3}\\.){3}[0-9]{1,3}\\b',
      '\\bgh[pousr]_[A-Za-z0-9]{36}\\b',
      '\\bAKIA[A-Z2-7]{16}\\b',
      'eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*',
      '\\bxox[abprs]-[A-Za-z0-9-]{20,}\\b',
    ],
  },
};
const CATALOG = {
  redaction: { allow_all_keys: true, catalog: ['card', 'iban', 'email', 'us_ssn', 'ipv4', 'token', 'jwt'] },
};

/** gRPC in, one processor, drop: the cost of reading and editing each span. */
export const PROCESSORS: readonly LoadScenario[] = [
  processor('filter', 'filter by an attribute', FILTER, 8),
  {
    ...processor('function', 'filter by an attribute in a typed function', FILTER, 5),
    contestants: [
      { name: 'otelier', program: 'otelier', pipeline: { processors: FUNCTION, exporter: 'nop' } },
      { name: 'otelier filter', program: 'otelier', pipeline: { processors: FILTER, exporter: 'nop' } },
      { name: 'otelcol-contrib', program: 'otelcol-contrib', pipeline: { processors: FILTER, exporter: 'nop' } },
    ],
    goals: [
      { kind: 'ratio', against: 'otelier filter', atLeast: 0.7 },
      { kind: 'ratio', against: 'otelcol-contrib', atLeast: 5 },
    ],
  },
  redaction('traces'),
  redaction('logs'),
  processor('sampler', 'keep 10 % by trace id', { probabilistic_sampler: { sampling_percentage: 10 } }, 10),
  processor(
    'attributes',
    'insert one attribute, delete another',
    {
      attributes: {
        actions: [
          { key: 'env', value: 'prod', action: 'insert' },
          { key: 'user_agent.original', action: 'delete' },
        ],
      },
    },
    6,
  ),
  processor(
    'transform',
    'change each span by three statements',
    {
      transform: {
        trace_statements: [
          {
            context: 'span',
            statements: [
              'set(attributes["env"], "prod")',
              'delete_key(attributes, "user_agent.original")',
              'replace_pattern(name, "/[0-9]+", "/:id")',
            ],
          },
        ],
      },
    },
    5,
  ),
  {
    ...processor(
      'tail',
      'sample traces with errors and 10 % of the others after 2 s',
      {
        tail_sampling: {
          decision_wait: '2s',
          num_traces: 500_000,
          policies: [
            { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
            { name: 'others', type: 'probabilistic', probabilistic: { sampling_percentage: 10 } },
          ],
        },
      },
      6,
    ),
    load: { protocol: 'grpc', signal: 'traces', itemsPerRequest: 1_000, freshIds: true },
    goals: [
      { kind: 'ratio', against: 'otelcol-contrib', atLeast: 6 },
      // Half of the Collector's usage on an idle machine.
      { kind: 'metric', metric: 'peakMegabytes', atMost: 830 },
    ],
  },
];

/** Kinds of the catalog, and the expressions for them, against the expressions in the Collector. */
function redaction(signal: 'traces' | 'logs'): LoadScenario {
  return {
    ...processor(`redaction-${signal}`, `search ${signal} for seven kinds of sensitive values`, REDACTION, 3),
    load: { protocol: 'grpc', signal, itemsPerRequest: 1_000 },
    contestants: [
      { name: 'otelier', program: 'otelier', pipeline: { processors: CATALOG, exporter: 'nop' } },
      { name: 'otelier expressions', program: 'otelier', pipeline: { processors: REDACTION, exporter: 'nop' } },
      { name: 'otelcol-contrib', program: 'otelcol-contrib', pipeline: { processors: REDACTION, exporter: 'nop' } },
    ],
  };
}

/** Returns a scenario for a processor that should be at least `atLeast` times as fast as the Collector's. */
function processor(
  name: string,
  what: string,
  processors: Readonly<Record<string, unknown>>,
  atLeast: number,
): LoadScenario {
  return {
    kind: 'load',
    name: `process-${name}`,
    group: 'Receive, process, drop',
    what: `gRPC in, ${what}, drop`,
    load: { protocol: 'grpc', signal: 'traces', itemsPerRequest: 1_000 },
    contestants: sideBySide({ processors, exporter: 'nop' }, 'otelcol-contrib'),
    goals: [{ kind: 'ratio', against: 'otelcol-contrib', atLeast }],
  };
}
