import type { CSSProperties, ReactNode } from 'react';
import { serviceColor } from '../../../data/service-colors.ts';
import { formatOffset } from '../../../format/quantity.ts';
import { t } from '../../../locale/t.ts';
import { Duration } from '../../../parts/measure.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { durationOf, isError, peerOf, startOf, type TraceTree } from '../trace-tree.ts';
import { ErrorDot, Fold, Indent } from '../waterfall-row.tsx';
import type { AlignedRow, RowSide } from './align.ts';

/** Number of spans of a row that are drawn one by one. */
const MAX_DRAWN = 100;

/** A row of two aligned traces: the span's name, its bar in both, both durations and their difference. */
export function TwoRow({
  a,
  b,
  row,
  index,
  top,
  place,
  count,
  longest,
  change,
  largest,
  isSelected,
  isFolded,
  onSelect,
  onFold,
}: {
  readonly a: TraceTree;
  readonly b: TraceTree;
  readonly row: AlignedRow;
  readonly index: number;
  readonly top: number;
  readonly place: number;
  readonly count: number;
  readonly longest: number;
  readonly change: number;
  readonly largest: number;
  readonly isSelected: boolean;
  /** `undefined` if there is nothing to collapse. */
  readonly isFolded: boolean | undefined;
  readonly onSelect: (index: number) => void;
  readonly onFold: (index: number, folded: boolean) => void;
}): ReactNode {
  const only = row.a === undefined ? 'B' : row.b === undefined ? 'A' : undefined;
  const failed = hasError(a, row.a) || hasError(b, row.b);
  const [callsA, callsB] = [row.a?.indexes.length ?? 0, row.b?.indexes.length ?? 0];
  const isHollow = isPeer(row.a === undefined ? b : a, row.a ?? row.b);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys and refers to this row with aria-activedescendant
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={`two-${index}`}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-expanded={isFolded === undefined ? undefined : !isFolded}
      aria-selected={isSelected}
      aria-posinset={place + 1}
      aria-setsize={count}
      className={`two-row ${isSelected ? 'sel' : ''}`}
      style={{ position: 'absolute', top, left: 0, right: 0 }}
      onClick={() => onSelect(index)}
    >
      <span className="two-name">
        <Indent depth={row.depth} />
        <Fold folded={isFolded} onFold={() => onFold(index, !isFolded)} />
        <ServiceMark service={row.service} hollow={isHollow} />
        <span className="nm">{row.name}</span>
        {Math.max(callsA, callsB) > 1 && (
          <span className="tag wf-times">
            ×{callsA} · ×{callsB}
          </span>
        )}
        <span className="push" />
        {only !== undefined && <span className="tag two-only">{t('only {name}', { name: only })}</span>}
        <span className="wf-flag">{failed && <ErrorDot />}</span>
      </span>
      <Bars tree={a} side={row.a} longest={longest} service={row.service} isHollow={isHollow} />
      <Bars tree={b} side={row.b} longest={longest} service={row.service} isHollow={isHollow} />
      <span className="num">
        <Duration nanos={row.a?.nanos} />
      </span>
      <span className="num t2">
        <Duration nanos={row.b?.nanos} />
      </span>
      <span className="two-change">
        <i
          className={change < 0 ? 'less' : ''}
          style={{ width: `${(Math.abs(change) / largest) * 50}%` }}
          aria-hidden="true"
        />
        <span className="num med">{change === 0 ? '0' : formatOffset(change)}</span>
      </span>
    </div>
  );
}

function Bars({
  tree,
  side,
  longest,
  service,
  isHollow,
}: {
  readonly tree: TraceTree;
  readonly side: RowSide | undefined;
  readonly longest: number;
  readonly service: string;
  readonly isHollow: boolean;
}): ReactNode {
  const shown = (side?.indexes ?? []).slice(0, MAX_DRAWN);
  return (
    <span className="two-time">
      {shown.map((index) => (
        <i
          key={index}
          className={`wf-bar ${isHollow ? 'hollow' : ''}`}
          style={
            {
              '--c': serviceColor(service),
              left: `${(startOf(tree, index) / longest) * 100}%`,
              width: `${(durationOf(tree, index) / longest) * 100}%`,
            } as CSSProperties
          }
        />
      ))}
    </span>
  );
}

function hasError(tree: TraceTree, side: RowSide | undefined): boolean {
  return side?.indexes.some((index) => isError(tree, index)) === true;
}

function isPeer(tree: TraceTree, side: RowSide | undefined): boolean {
  return peerOf(tree, side?.indexes[0] ?? -1) !== undefined;
}
