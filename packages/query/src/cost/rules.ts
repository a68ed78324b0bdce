import type { SeverityName } from '@otelier/store';
import type { CostSignal } from './senders.ts';

/** A rule that reduces telemetry. */
export type CostRule =
  /** Drops the log records of a service and severity level. */
  | { readonly kind: 'drop_logs'; readonly service: string; readonly level: SeverityName }
  /** Drops a metric of all services. */
  | { readonly kind: 'drop_metric'; readonly metric: string }
  /** Merges the series of a metric that differ only in an attribute. `labels` are the attributes that remain. */
  | {
      readonly kind: 'drop_label';
      readonly metric: string;
      readonly label: string;
      readonly labels: readonly string[];
      readonly aggregation: 'sum' | 'mean';
    }
  /** Deletes an attribute of spans or log records. */
  | { readonly kind: 'drop_attribute'; readonly signal: 'traces' | 'logs'; readonly key: string }
  /** Keeps a percentage of all traces. */
  | { readonly kind: 'sample_traces'; readonly percentage: number };

/** A processor of a configuration. */
export interface RuleConfiguration {
  readonly signal: CostSignal;
  /** The ID of the processor. */
  readonly processor: string;
  /** A fragment of a configuration in YAML, with this processor. */
  readonly text: string;
}

/** Returns the configuration of a processor that applies a rule. */
export function configurationOf(rule: CostRule): RuleConfiguration {
  switch (rule.kind) {
    case 'drop_logs': {
      const of = `resource.attributes["service.name"] == ${rule.service === '' ? 'nil' : literal(rule.service)}`;
      const condition = `${of} and ${levelCondition(rule.level)}`;
      const lines = ['    logs:', '      log_record:', `        - ${scalar(condition)}`];
      return fragment('logs', `filter/${slug(`${rule.level}_logs_of_${rule.service}`)}`, lines);
    }
    case 'drop_metric': {
      const lines = ['    metrics:', '      metric:', `        - ${scalar(`name == ${literal(rule.metric)}`)}`];
      return fragment('metrics', `filter/${slug(`no_${rule.metric}`)}`, lines);
    }
    case 'drop_label':
      return fragment('metrics', `metrics_transform/${slug(`${rule.metric}_without_${rule.label}`)}`, [
        '    transforms:',
        `      - include: ${scalar(rule.metric)}`,
        '        action: update',
        '        operations:',
        '          - action: aggregate_labels',
        `            label_set: [${rule.labels.map(scalar).join(', ')}]`,
        `            aggregation_type: ${rule.aggregation}`,
      ]);
    case 'drop_attribute': {
      const lines = ['    actions:', `      - key: ${scalar(rule.key)}`, '        action: delete'];
      return fragment(rule.signal, `attributes/${slug(`no_${rule.key}`)}`, lines);
    }
    case 'sample_traces': {
      const id = `probabilistic_sampler/${slug(`${rule.percentage}_percent`)}`;
      return fragment('traces', id, [`    sampling_percentage: ${rule.percentage}`, '    mode: proportional']);
    }
  }
}

function fragment(signal: CostSignal, processor: string, lines: readonly string[]): RuleConfiguration {
  return { signal, processor, text: ['processors:', `  ${processor}:`, ...lines, ''].join('\n') };
}

/** The lowest severity number of each level that has numbers. */
const LOWEST: Readonly<Partial<Record<SeverityName, string>>> = {
  trace: 'SEVERITY_NUMBER_TRACE',
  debug: 'SEVERITY_NUMBER_DEBUG',
  info: 'SEVERITY_NUMBER_INFO',
  warn: 'SEVERITY_NUMBER_WARN',
  error: 'SEVERITY_NUMBER_ERROR',
  fatal: 'SEVERITY_NUMBER_FATAL',
};

function levelCondition(level: SeverityName): string {
  const levels = Object.keys(LOWEST) as SeverityName[];
  const from = LOWEST[level];
  if (from === undefined) return 'severity_number == SEVERITY_NUMBER_UNSPECIFIED';
  const next = levels[levels.indexOf(level) + 1];
  const end = next === undefined ? '' : ` and severity_number < ${LOWEST[next]}`;
  return `severity_number >= ${from}${end}`;
}

/** Returns a literal of OTTL. */
function literal(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

/** Returns a scalar of YAML in quotes, in which `$` is not a reference. */
function scalar(text: string): string {
  return JSON.stringify(text).replaceAll('$', '$$$$');
}

/** Returns a name for a component: lowercase letters, digits and underscores. */
function slug(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return name.slice(0, 60) || 'rule';
}
