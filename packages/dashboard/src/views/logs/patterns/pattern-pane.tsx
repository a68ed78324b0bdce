import type { LogPattern, LogPatternsResponse } from '@otelier/query';
import { type ReactNode, useRef, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatCount } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { LoadingRows } from '../../../parts/loading.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { Segmented } from '../../../parts/segmented.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { useListKeys } from '../../../shell/use-list-keys.ts';
import { LogTabs } from '../log-tabs.tsx';
import { NoLogs } from '../no-logs.tsx';
import { PatternDetail } from './pattern-detail.tsx';
import { PatternRow } from './pattern-row.tsx';
import './patterns.css';
import { PATTERN_ORDERS, type PatternOrder, sortPatterns, usePatterns } from './use-patterns.ts';

/** The patterns of the matching records: bodies that differ only in their variable parts. */
export function PatternPane({ total }: { readonly total: number | undefined }): ReactNode {
  const result = usePatterns();
  const { sort } = usePageSearch();
  const change = useChangeSearch();
  const order = PATTERN_ORDERS.find((one) => one === sort) ?? 'share';
  const data = result.data;
  return (
    <section className="pane lo-pane" aria-label={t('Patterns')}>
      <div className="head bb">
        <LogTabs records={total} patterns={data?.patternCount} />
        {data !== undefined && data.read < data.total && (
          <span className="note" title={t('The newest records of each part of the range. Counts are estimates.')}>
            {t('from {read} of {total} records', { read: formatCount(data.read), total: formatCount(data.total) })}
          </span>
        )}
        <span className="push row">
          <Segmented<PatternOrder>
            label={t('Order')}
            value={order}
            options={[
              { value: 'share', label: t('Share') },
              { value: 'growth', label: t('Growth') },
              { value: 'new', label: t('New first') },
            ]}
            onChange={(value) => change({ sort: value === 'share' ? undefined : value }, 'replace')}
          />
        </span>
      </div>
      <QueryResult result={result} loading={<LoadingRows rows={12} height={40} />}>
        {(found) =>
          found.patterns.length === 0 ? <NoLogs live={false} /> : <PatternTable found={found} order={order} />
        }
      </QueryResult>
    </section>
  );
}

function PatternTable({
  found,
  order,
}: {
  readonly found: LogPatternsResponse;
  readonly order: PatternOrder;
}): ReactNode {
  const { where = [] } = usePageSearch();
  const change = useChangeSearch();
  const box = useRef<HTMLDivElement>(null);
  const [marked, setMarked] = useState<string | undefined>(undefined);
  const [open, setOpen] = useState<string | undefined>(undefined);
  const patterns = sortPatterns(found.patterns, order);
  const index = patterns.findIndex((pattern) => keyOf(pattern) === marked);
  const current = patterns[index];
  const toggle = (pattern: LogPattern | undefined): void => {
    if (pattern === undefined) return;
    setMarked(keyOf(pattern));
    setOpen(open === keyOf(pattern) ? undefined : keyOf(pattern));
  };
  const narrow = (conditions: readonly string[], tab?: string): void =>
    change({ where: [...where.filter((one) => !conditions.includes(one)), ...conditions], tab, sort: undefined });
  const only = (pattern: LogPattern | undefined): void => pattern && narrow(pattern.where);
  const without = (pattern: LogPattern | undefined): void => pattern && narrow(withoutPattern(pattern), 'patterns');
  useListKeys({
    what: t('pattern'),
    count: patterns.length,
    index,
    onIndex: (next) => setMarked(patterns[next] && keyOf(patterns[next])),
    onOpen: (next) => toggle(patterns[next]),
    openHint: t('expand'),
    rows: { box, row: 'button.lo-pattern' },
  });
  useKeys(t('View'), [
    {
      press: '+',
      does: t('show the records of the pattern'),
      hint: t('filter'),
      shown: ['+', '−'],
      run: () => only(current),
    },
    { press: '-', does: t('leave the pattern out'), run: () => without(current) },
  ]);
  useKeys(
    t('Pattern'),
    open === undefined ? [] : [{ press: 'Escape', does: t('close the pattern'), run: () => setOpen(undefined) }],
    'detail',
  );
  return (
    <ScrollRegion label={t('Patterns of the records')} scrollRef={box}>
      <div className="lo-pattern lo-pattern-head" aria-hidden="true">
        <span />
        <span>{t('Service')}</span>
        <span>{t('Pattern')}</span>
        <span />
        <span className="num">{t('Records')}</span>
        <span className="num">{t('Share')}</span>
        <span className="num">{hasBefore(found) ? t('vs. 24 h ago') : t('Change')}</span>
      </div>
      <ul aria-label={t('Patterns')}>
        {patterns.map((pattern, at) => (
          <li key={keyOf(pattern)} data-index={at}>
            <PatternRow
              pattern={pattern}
              total={found.total}
              hasBefore={hasBefore(found)}
              selected={at === index}
              open={keyOf(pattern) === open}
              onToggle={() => toggle(pattern)}
            />
            {keyOf(pattern) === open && (
              <PatternDetail pattern={pattern} onOnly={() => only(pattern)} onWithout={() => without(pattern)} />
            )}
          </li>
        ))}
      </ul>
      {found.patternCount > patterns.length && (
        <p className="groupname">
          {t('The {shown} largest of {count} patterns', {
            shown: formatCount(patterns.length),
            count: formatCount(found.patternCount),
          })}
        </p>
      )}
    </ScrollRegion>
  );
}

function hasBefore({ before }: LogPatternsResponse): boolean {
  return before !== undefined && before !== null && before > 0;
}

/** Identifies a pattern in a list, which is replaced when the query is repeated. */
function keyOf({ where, severity }: LogPattern): string {
  return JSON.stringify([severity, where]);
}

/** Returns a condition that excludes the bodies of a pattern. */
function withoutPattern({ where }: LogPattern): readonly string[] {
  return where.filter((one) => one.startsWith('body ')).map((one) => one.replace(/^body ~/, 'body !~'));
}
