import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useChangeSearch } from '../../../data/use-search.ts';
import { plural } from '../../../format/number.ts';
import { formatDuration } from '../../../format/quantity.ts';
import { formatMillis, millisOf } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { Segmented } from '../../../parts/segmented.tsx';
import { useKeys } from '../../../shell/keys.ts';
import type { TraceTree } from '../trace-tree.ts';
import { type AlignedRow, alignTraces } from './align.ts';
import { TwoPanel } from './two-panel.tsx';
import { TwoRow } from './two-row.tsx';

const ROW = 20;
/** Change from which a row is a difference: a part of the longer trace. */
const MIN_CHANGE = 0.005;

/** Two traces as one tree on one time scale, and the difference of each span. */
export function TwoView({
  a,
  b,
  ids,
}: {
  readonly a: TraceTree;
  readonly b: TraceTree;
  readonly ids: { readonly a: string; readonly b: string };
}): ReactNode {
  const change = useChangeSearch();
  const rows = useMemo(() => alignTraces(a, b), [a, b]);
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [selected, setSelected] = useState(0);
  const longest = Math.max(a.durationNanos, b.durationNanos);
  const shown = useMemo(
    () => visibleRows(rows, folded, onlyDifferent ? (row) => isDifferent(row, longest) : () => true),
    [rows, folded, onlyDifferent, longest],
  );
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const at = shown.indexOf(selected);
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls when the selection changes, not when rows fold
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [selected]);
  const go = (to: number): void => {
    const row = shown[Math.min(shown.length - 1, Math.max(0, to))];
    if (row !== undefined) setSelected(row);
  };
  const fold = (row: number, on: boolean): void => {
    const next = new Set(folded);
    if (on) next.add(row);
    else next.delete(row);
    setFolded(next);
  };
  const isParent = (row: number): boolean => (rows[row]?.end ?? 0) > row + 1;
  const swap = (): void => change({ a: ids.b, b: ids.a }, 'replace');
  const nextDifference = (): void => {
    const next = shown.find((row) => row > selected && isDifferent(rows[row], longest));
    if (next !== undefined) setSelected(next);
  };
  const largest = useMemo(() => rows.reduce((max, row) => Math.max(max, Math.abs(changeOf(row))), 1), [rows]);
  useKeys(t('Compare'), [
    { press: 'j', does: t('next span'), hint: t('span'), shown: ['J', 'K'], run: () => go(at + 1) },
    { press: 'k', does: t('previous span'), run: () => go(at - 1) },
    {
      press: 'h',
      does: t('collapse'),
      hint: t('fold'),
      shown: ['H', 'L'],
      run: () => isParent(selected) && fold(selected, true),
    },
    { press: 'l', does: t('expand'), run: () => fold(selected, false) },
    { press: 'n', does: t('next difference'), hint: t('next difference'), run: nextDifference },
    { press: 's', does: t('swap A and B'), hint: t('swap'), run: swap },
  ]);
  const row = rows[selected];
  return (
    <div className="co-body with-panel two">
      <div className="two-main">
        <div className="two-head bb">
          <Side name="A" tree={a} />
          <Side name="B" tree={b} />
          <span className="push row">
            <button type="button" className="btn small" onClick={swap}>
              {t('Swap')}
              <kbd>S</kbd>
            </button>
            <Segmented
              label={t('Spans shown')}
              value={onlyDifferent ? 'different' : 'all'}
              options={[
                { value: 'all', label: t('All spans') },
                { value: 'different', label: t('Differences only') },
              ]}
              onChange={(value) => setOnlyDifferent(value === 'different')}
            />
          </span>
        </div>
        <div className="two-row two-axis bb" aria-hidden="true">
          <span className="two-name">{t('Span, matched by name and place')}</span>
          <span>{t('A, 0 to {duration}', { duration: formatDuration(longest) })}</span>
          <span>{t('B, the same scale')}</span>
          <span className="num">A</span>
          <span className="num">B</span>
          <span className="num">A − B</span>
        </div>
        <div
          ref={box}
          className="two-scroll"
          role="tree"
          aria-label={t('Spans of both traces')}
          tabIndex={0}
          aria-activedescendant={`two-${selected}`}
          onKeyDown={(event) => {
            const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
            if (step === undefined) return;
            event.preventDefault();
            go(at + step);
          }}
        >
          <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {virtual.getVirtualItems().map((item) => {
              const index = shown[item.index] ?? 0;
              const aligned = rows[index];
              return (
                aligned !== undefined && (
                  <TwoRow
                    key={index}
                    a={a}
                    b={b}
                    row={aligned}
                    index={index}
                    top={item.start}
                    place={item.index}
                    count={shown.length}
                    longest={longest}
                    change={changeOf(aligned)}
                    largest={largest}
                    isSelected={index === selected}
                    isFolded={isParent(index) ? folded.has(index) : undefined}
                    onSelect={setSelected}
                    onFold={fold}
                  />
                )
              );
            })}
          </div>
        </div>
      </div>
      {row !== undefined && <TwoPanel a={a} b={b} ids={ids} row={row} />}
    </div>
  );
}

function Side({ name, tree }: { readonly name: string; readonly tree: TraceTree }): ReactNode {
  const { errorCount, spanCount, startNanos } = tree.outline;
  return (
    <span className="row s12 nowrap">
      <span className={`tag ${name === 'A' ? 'a' : ''}`}>{name}</span>
      <span className="med">{formatMillis(millisOf(startNanos))}</span>
      {errorCount > 0 && <span className="err">{plural(errorCount, 'error')}</span>}
      <span className="t2">{plural(spanCount, 'span')}</span>
      <b>{formatDuration(tree.durationNanos)}</b>
    </span>
  );
}

function changeOf({ a, b }: AlignedRow): number {
  return (a?.nanos ?? 0) - (b?.nanos ?? 0);
}

function isDifferent(row: AlignedRow | undefined, longest: number): boolean {
  if (row === undefined) return false;
  return row.a === undefined || row.b === undefined || Math.abs(changeOf(row)) >= longest * MIN_CHANGE;
}

/** Returns the rows that pass, and their ancestors, without those below a collapsed row. */
function visibleRows(
  rows: readonly AlignedRow[],
  folded: ReadonlySet<number>,
  passes: (row: AlignedRow) => boolean,
): readonly number[] {
  const kept = new Uint8Array(rows.length);
  const above: number[] = [];
  rows.forEach((row, index) => {
    above.length = row.depth;
    above.push(index);
    if (passes(row)) for (const one of above) kept[one] = 1;
  });
  const shown: number[] = [];
  for (let index = 0; index < rows.length; index = folded.has(index) ? (rows[index]?.end ?? index + 1) : index + 1)
    if (kept[index] === 1) shown.push(index);
  return shown;
}
