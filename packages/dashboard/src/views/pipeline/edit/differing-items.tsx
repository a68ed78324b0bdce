import type { DryRunReport } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { formatMillis } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { reasonText } from './reason-text.ts';

type Item = DryRunReport['differing']['sample'][number];

/** Which of the differing items are shown. */
export type FateFilter = 'all' | 'lost' | 'changed';

/** A sample of the items whose fate differs. One opens to what became of it, and to the values that differ. */
export function DifferingItems({
  sample,
  filter,
}: {
  readonly sample: readonly Item[];
  readonly filter: FateFilter;
}): ReactNode {
  const [opened, setOpened] = useState<string | undefined>(undefined);
  const shown = sample.filter(
    ({ draft }) => filter === 'all' || (filter === 'changed') === (draft.kind === 'changed' || draft.kind === 'kept'),
  );
  if (shown.length === 0) return <p className="pe-empty t2">{t('No item has another fate.')}</p>;
  return (
    <ul className="pe-items">
      {shown.map((item, index) => {
        const key = `${index} ${item.timeMillis} ${item.name}`;
        const isOpen = opened === key;
        return (
          <li key={key}>
            <button
              type="button"
              className="pe-item"
              aria-expanded={isOpen}
              onClick={() => setOpened(isOpen ? undefined : key)}
            >
              <span className="mono ts">{formatMillis(item.timeMillis)}</span>
              <span className="row cut">
                <ServiceMark service={item.service} />
                <span className="mono cut">{item.name === '' ? item.signal : item.name}</span>
              </span>
              <span className="tag">{fateText(item)}</span>
            </button>
            {isOpen && <Details item={item} />}
          </li>
        );
      })}
    </ul>
  );
}

function Details({ item }: { readonly item: Item }): ReactNode {
  return (
    <div className="pe-diff">
      <p className="t3">
        {item.pipeline}, {item.service === '' ? item.signal : item.service}
      </p>
      <p>
        <span className="t3">{t('now')}</span> {whereText(item.now)}
      </p>
      <p>
        <span className="t3">{t('draft')}</span> {whereText(item.draft)}
      </p>
      {item.changes.map(({ key, before, after }) => (
        <div key={key}>
          {before !== undefined && (
            <p className="del">
              <span>− {key}</span> <span className="cut">{before}</span>
            </p>
          )}
          {after !== undefined && (
            <p className="add">
              <span>+ {key}</span> <span className="cut">{after}</span>
            </p>
          )}
        </div>
      ))}
    </div>
  );
}

function fateText({ now, draft }: Item): string {
  if (draft.kind === 'changed') return t('changed');
  if (draft.kind === 'not_received') return t('no longer received');
  const { reason, component = '' } = draft.kind === 'gone' ? draft : now;
  const short = reason === undefined ? component.split('/').slice(1).join('/') : reasonText(reason);
  if (draft.kind === 'gone') return t('now {reason}', { reason: short });
  return now.kind === 'not_received' ? t('newly received') : t('no longer {reason}', { reason: short });
}

function whereText({ kind, component, reason, rule }: Item['now']): string {
  if (kind === 'kept') return t('kept');
  if (kind === 'changed') return t('kept, with other values');
  if (kind === 'not_received') return t('does not enter this pipeline');
  return [component, reason && reasonText(reason), rule].filter((part) => part !== undefined).join(', ');
}
