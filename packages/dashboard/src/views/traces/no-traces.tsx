import type { TracesResponse } from '@otelier/query';
import type { ReactNode } from 'react';
import { describeCondition } from '../../data/conditions.ts';
import { useApiQuery } from '../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatCount, plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { usePageWindow } from '../../time/page-window.tsx';

/** The empty result. It shows how many traces would match without each condition. */
export function NoTraces(): ReactNode {
  const { where = [], text, last, from } = usePageSearch();
  const change = useChangeSearch();
  const all = useCount(undefined, undefined);
  const several = where.length + (text === undefined ? 0 : 1);
  const longer =
    last === '24h' && from === undefined ? undefined : (
      <button
        type="button"
        className="btn small"
        onClick={() => change({ last: '24h', at: undefined, from: undefined, to: undefined })}
      >
        {t('Search the last 24 h')}
      </button>
    );
  if (several === 0) return <EmptyState title={t('No traces in this range')} actions={longer} />;
  return (
    <EmptyState
      title={
        several === 1 ? t('No traces match the condition') : t('No traces match all {several} conditions', { several })
      }
      actions={longer}
    >
      {all !== undefined && (
        <p>
          {t('{traces} in this range.', { traces: plural(all, 'trace') })}{' '}
          {several > 1 && t('Matches without one of the conditions:')}
        </p>
      )}
      <div className="without">
        {where.map((condition, index) => (
          <Without
            key={condition}
            {...describeCondition(condition)}
            where={where.filter((_, at) => at !== index)}
            text={text}
            onRemove={() => change({ where: where.filter((_, at) => at !== index) })}
          />
        ))}
        {text !== undefined && (
          <Without
            name={t('text contains')}
            value={text}
            where={where}
            text={undefined}
            onRemove={() => change({ text: undefined })}
          />
        )}
      </div>
    </EmptyState>
  );
}

function Without({
  name,
  value,
  where,
  text,
  onRemove,
}: {
  readonly name: string;
  readonly value: string;
  readonly where: readonly string[];
  readonly text: string | undefined;
  readonly onRemove: () => void;
}): ReactNode {
  const count = useCount(where, text);
  return (
    <div>
      <span>
        <span className="chip">
          <span className="cut">
            {name} {value}
          </span>
        </span>
      </span>
      <span className="num med">{count === undefined ? '' : formatCount(count)}</span>
      <button type="button" className="btn small bare" onClick={onRemove}>
        {t('Remove')}
        <span className="unseen"> {name}</span>
      </button>
    </div>
  );
}

function useCount(where: readonly string[] | undefined, text: string | undefined): number | undefined {
  const { startMillis, endMillis } = usePageWindow();
  return useApiQuery<TracesResponse>({
    path: '/traces',
    params: { start: startMillis, end: endMillis, where, text, limit: 1 },
  }).data?.total;
}
