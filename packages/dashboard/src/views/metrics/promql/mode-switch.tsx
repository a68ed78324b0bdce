import type { ReactNode } from 'react';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { t } from '../../../locale/t.ts';
import { Segmented } from '../../../parts/segmented.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { chosenAggregates, type Metric } from '../aggregates.ts';
import { promqlOf } from '../promql-of.ts';

/** The builder's query in PromQL at the time when PromQL was left. */
let left: string | undefined;

/**
 * Switches between the builder and PromQL. Neither loses its query: the builder's is translated, unless it has not
 * changed since PromQL was left; then the text is as it was.
 */
export function ModeSwitch({ metric }: { readonly metric: Metric | undefined }): ReactNode {
  const { lang, query, agg, by = [], where = [] } = usePageSearch();
  const change = useChangeSearch();
  const mode = lang === 'promql' ? 'promql' : 'builder';
  const translated = (): string => {
    if (metric === undefined) return '';
    const [aggregate = 'avg'] = chosenAggregates(metric, agg);
    return promqlOf({ metric, aggregate, by, where });
  };
  const switchTo = (next: 'builder' | 'promql'): void => {
    if (next === mode) return;
    const own = translated();
    if (next === 'builder') {
      left = own;
      change({ lang: undefined });
    } else change({ lang: 'promql', query: query !== undefined && (left ?? own) === own ? query : own });
  };
  useKeys(t('View'), [
    {
      press: 'm',
      does: t('switch between builder and PromQL'),
      hint: mode === 'builder' ? 'PromQL' : t('builder'),
      run: () => switchTo(mode === 'builder' ? 'promql' : 'builder'),
    },
  ]);
  return (
    <Segmented
      label={t('Query')}
      value={mode}
      options={[
        { value: 'builder', label: t('Builder') },
        { value: 'promql', label: 'PromQL' },
      ]}
      onChange={switchTo}
    />
  );
}
