import type { MetricLabelsResponse } from '@otelier/query';
import type { Params } from '../../../data/client.ts';
import { msg, t } from '../../../locale/t.ts';
import type { CostRow } from '../use-cost.ts';

/** A rule that can reduce what a row counts. */
export interface RuleChoice {
  /** The value of the URL's `rule`. */
  readonly id: string;
  readonly label: string;
  readonly aside?: string;
  /** Parameters of the preview. */
  readonly params: Params;
}

/** Percentages of traces to keep. */
const PERCENTAGES = [50, 25, 10, 5, 1];

/** Why there is no rule for attributes of data points. */
export const NO_RULE: string = msg(
  'Series differ by their attributes, so they cannot be deleted one by one. Choose a metric under Senders, and merge its series.',
);

/** Returns the rules for a row. `labels` are those of its metric. */
export function rulesOf(row: CostRow, labels: MetricLabelsResponse | undefined): readonly RuleChoice[] {
  if (row.kind === 'attribute') {
    const { signal, attribute } = row;
    if (signal === 'metrics') return [];
    const params = { rule: 'drop_attribute', signal, key: attribute.key };
    return [{ id: 'drop_attribute', label: t('Delete the attribute'), params }];
  }
  const { signal, service, name, level } = row.sender;
  if (signal === 'logs') {
    const params = { rule: 'drop_logs', service, level };
    return [{ id: 'drop_logs', label: t('Drop these log records'), params }];
  }
  if (signal === 'traces') {
    return PERCENTAGES.map((percentage) => ({
      id: `sample ${percentage}`,
      label: t('Keep {percentage} % of all traces', { percentage }),
      params: { rule: 'sample_traces', percentage },
    }));
  }
  return [
    ...[...(labels?.labels ?? [])]
      .sort((a, b) => b.values - a.values)
      .map(({ key, values }) => ({
        id: `drop_label ${key}`,
        label: t('Merge the series that differ only in {key}', { key }),
        aside: t('{values} values', { values }),
        params: { rule: 'drop_label', metric: name, key },
      })),
    { id: 'drop_metric', label: t('Drop the metric of all services'), params: { rule: 'drop_metric', metric: name } },
  ];
}
