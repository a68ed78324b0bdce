import type { ReactNode } from 'react';
import { useChangeSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { NO_TAP } from './tap/no-tap.ts';

/** Switches between the graph, the configuration and the tapped edge. */
export function PipelineTabs({
  tab = 'tap',
  tapped = false,
}: {
  readonly tab?: 'graph' | 'edit' | 'tap';
  readonly tapped?: boolean;
}): ReactNode {
  const change = useChangeSearch();
  return (
    <div className="tabs" role="tablist" aria-label={t('Pipeline')}>
      <button
        type="button"
        role="tab"
        aria-selected={tab === 'graph'}
        onClick={() => change({ ...NO_TAP, edit: undefined, compare: undefined })}
      >
        {t('Graph')}
      </button>
      <button
        type="button"
        role="tab"
        aria-selected={tab === 'edit'}
        onClick={() => change({ ...NO_TAP, edit: 'pipeline' })}
      >
        {t('Edit')}
      </button>
      {tab === 'tap' && (
        <button type="button" role="tab" aria-selected={true}>
          {t('Tap')}
          {tapped && <span className="n">{plural(1, 'edge')}</span>}
        </button>
      )}
    </div>
  );
}
