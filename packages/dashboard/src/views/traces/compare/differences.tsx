import type { CompareTracesResponse, TraceDifference } from '@otelier/query';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatCount, formatPercent, plural } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { useListKeys } from '../../../shell/use-list-keys.ts';
import {
  addConditions,
  type DifferenceGroup,
  type DifferenceRow,
  differenceConditions,
  differenceText,
  groupDifferences,
} from './difference-groups.ts';
import { DifferencePanel } from './difference-panel.tsx';
import { ShareBars } from './share-bars.tsx';
import { TimeRows } from './time-rows.tsx';

/** Rows of a group that are shown at first. */
const SHOWN = 10;

/** What differs between the selection and the rest, ranked, with the chosen difference beside it. */
export function Differences({ data }: { readonly data: CompareTracesResponse }): ReactNode {
  const groups = useMemo(() => groupDifferences(data.differences), [data]);
  const [open, setOpen] = useState<readonly string[]>([]);
  const shown = groups.map((group) => ({
    ...group,
    rows: open.includes(group.title) ? group.rows : group.rows.slice(0, SHOWN),
  }));
  const rows = shown.flatMap((group) => group.rows);
  const [chosen, setChosen] = useState(0);
  const box = useRef<HTMLTableElement>(null);
  const { where = [] } = usePageSearch();
  const change = useChangeSearch();
  const row = rows[Math.min(chosen, rows.length - 1)];
  const add = (difference: TraceDifference, without: boolean): void =>
    change({ where: addConditions(where, differenceConditions(difference, difference.best, without)) });
  useListKeys({
    what: t('difference'),
    count: rows.length,
    index: chosen,
    onIndex: setChosen,
    onOpen: () => row !== undefined && add(row.difference, false),
    openHint: t('add'),
    rows: { box, row: 'tbody .co-name' },
  });
  useKeys(t('Compare'), [
    { press: '-', does: t('search without it'), run: () => row !== undefined && add(row.difference, true) },
  ]);
  if (rows.length === 0 && data.times.length === 0)
    return (
      <EmptyState title={t('Nothing differs')}>
        <p>
          {t(
            'Among {traces} of the selection and {others} others, no attribute, operation or failure differs more than chance explains.',
            { traces: plural(data.selected.read, 'trace'), others: formatCount(data.baseline.read) },
          )}
        </p>
      </EmptyState>
    );
  return (
    <div className={`co-body ${row === undefined ? '' : 'with-panel'}`}>
      <ScrollRegion label={t('Differences')}>
        <table ref={box} aria-label={t('What differs')} className="co-table">
          <colgroup>
            <col style={{ width: 128 }} />
            <col />
            <col style={{ width: 168 }} />
            <col style={{ width: 84 }} />
            <col style={{ width: 84 }} />
            <col style={{ width: 84 }} />
            <col style={{ width: 124 }} />
          </colgroup>
          <thead>
            <tr>
              <th scope="col" colSpan={2}>
                {t('What differs')}
              </th>
              <th scope="col">{t('Share of traces that have it')}</th>
              <th scope="col" className="num">
                {t('Selection')}
              </th>
              <th scope="col" className="num">
                {t('Rest')}
              </th>
              <th scope="col" className="num">
                {t('Points ↓')}
              </th>
              <th scope="col" className="num">
                {t('Traces')}
              </th>
            </tr>
          </thead>
          {shown.map((group, index) => (
            <Group
              key={group.title}
              group={group}
              total={groups[index]?.rows.length ?? 0}
              data={data}
              chosen={row}
              onChoose={(one) => setChosen(rows.indexOf(one))}
              onOpen={() => setOpen([...open, group.title])}
            />
          ))}
          <TimeRows times={data.times} />
        </table>
      </ScrollRegion>
      {row !== undefined && <DifferencePanel row={row} data={data} onAdd={add} />}
    </div>
  );
}

function Group({
  group,
  total,
  data,
  chosen,
  onChoose,
  onOpen,
}: {
  readonly group: DifferenceGroup;
  readonly total: number;
  readonly data: CompareTracesResponse;
  readonly chosen: DifferenceRow | undefined;
  readonly onChoose: (row: DifferenceRow) => void;
  readonly onOpen: () => void;
}): ReactNode {
  return (
    <tbody>
      <tr className="co-group">
        <th colSpan={7} scope="rowgroup">
          {t(group.title)} <span className="t3">{t(group.note)}</span>
        </th>
      </tr>
      {group.rows.map((row) => (
        <Row
          key={`${row.difference.kind} ${row.difference.service} ${row.difference.key}`}
          row={row}
          data={data}
          isChosen={row === chosen}
          onChoose={() => onChoose(row)}
        />
      ))}
      {total > group.rows.length && (
        <tr>
          <td colSpan={7}>
            <button type="button" className="btn small bare" onClick={onOpen}>
              {t('Show {differences}', { differences: plural(total - group.rows.length, 'further difference') })}
            </button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Row({
  row: { difference, equal },
  data,
  isChosen,
  onChoose,
}: {
  readonly row: DifferenceRow;
  readonly data: CompareTracesResponse;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}): ReactNode {
  const { best } = difference;
  const selected = best.selected / Math.max(1, data.selected.read);
  const baseline = best.baseline / Math.max(1, data.baseline.read);
  return (
    <tr className={isChosen ? 'sel' : ''} onClick={onChoose}>
      <td>
        <span className="row">
          <ServiceMark service={difference.service} />
          <span className="cut">{difference.service}</span>
        </span>
      </td>
      <td>
        <span className="row">
          <button type="button" className="mono cut co-name" aria-pressed={isChosen} onClick={onChoose}>
            {differenceText(difference)}
          </button>
          {difference.kind === 'span' && selected < baseline && <span className="tag">{t('missing')}</span>}
          {equal.length > 0 && <span className="tag">{t('+{count} equal', { count: equal.length })}</span>}
        </span>
      </td>
      <td>
        <ShareBars selected={selected} baseline={baseline} />
      </td>
      <td className="num">{shareText(selected)} %</td>
      <td className="num">{shareText(baseline)} %</td>
      <td className="num med">{pointsText(difference.difference)}</td>
      <td className="num t2">
        {formatCount(best.selected)} · {formatCount(best.baseline)}
      </td>
    </tr>
  );
}

/** Formats a share with a decimal, but all and nothing without. */
function shareText(share: number): string {
  return share === 0 || share === 1 ? formatPercent(share, 0) : formatPercent(share, 1);
}

function pointsText(difference: number): string {
  const points = formatPercent(Math.abs(difference), 1);
  return difference < 0 ? `−${points}` : `+${points}`;
}
