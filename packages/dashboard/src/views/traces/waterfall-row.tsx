import { type CSSProperties, memo, type ReactNode } from 'react';
import { serviceColor } from '../../data/service-colors.ts';
import { formatCount, plural } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import type { PathSegment } from './shape/critical-path.ts';
import type { Repeat } from './shape/repeats.ts';
import { durationOf, isError, peerOf, spanAt, startOf, type TraceSpan, type TraceTree } from './trace-tree.ts';
import type { TraceRange } from './use-trace-state.ts';
import { shareOf, type WaterfallBar, waterfallBar } from './waterfall-geometry.ts';

const MAX_DEPTH_SHOWN = 14;

interface RowProps {
  readonly tree: TraceTree;
  readonly index: number;
  readonly top: number;
  readonly row: number;
  readonly rowCount: number;
  readonly range: TraceRange;
  readonly folded: boolean;
  readonly selected: boolean;
  readonly found: boolean;
  /** The repeated siblings that the row stands for. */
  readonly group: Repeat | undefined;
  /** The span's parts of the critical path, if it is shown. */
  readonly segments: readonly PathSegment[] | undefined;
  readonly onSelect: (index: number) => void;
  readonly onFold: (index: number, folded: boolean) => void;
}

/** A row of the waterfall, with the span's name in the tree on the left and its bar on the right. */
export const WaterfallRow = memo(function WaterfallRow({
  tree,
  index,
  top,
  row,
  rowCount,
  range,
  folded,
  selected,
  found,
  group,
  segments,
  onSelect,
  onFold,
}: RowProps): ReactNode {
  const span = spanAt(tree, index);
  if (span === undefined) return null;
  const depth = tree.depths[index] ?? 0;
  const peer = peerOf(tree, index);
  const kids = tree.childCounts[index] ?? 0;
  const failed = group === undefined ? isError(tree, index) : group.errorCount > 0;
  const place = peer ?? span.service;
  const isLong = mayOverflow(`${span.name}${place}`, depth) || group !== undefined || folded;
  const isFolded = group !== undefined || (kids > 0 ? folded : undefined);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys and refers to this row with aria-activedescendant
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={`span-${index}`}
      role="treeitem"
      aria-level={depth + 1}
      aria-expanded={isFolded === undefined ? undefined : !isFolded}
      aria-selected={selected}
      aria-posinset={row + 1}
      aria-setsize={rowCount}
      className={`wf-row ${selected ? 'sel' : ''} ${found ? 'hit' : ''}`}
      style={{ top }}
      onClick={() => onSelect(index)}
    >
      <span className={`wf-name ${failed ? 'bad' : ''} ${isLong ? 'long' : ''}`} style={indentation(depth)}>
        <Fold folded={isFolded} onFold={() => onFold(index, !isFolded)} />
        <ServiceMark service={span.service} hollow={peer !== undefined} />
        <span className={`nm ${peer === undefined ? '' : 't2'}`}>{span.name}</span>
        {group !== undefined && (
          <span className="tag wf-times">
            <span className="unseen">{t('repeated')} </span>×{formatCount(group.members.length)}
          </span>
        )}
        {folded && group === undefined && (
          <span className="sn">+{formatCount((tree.ends[index] ?? 0) - index - 1)}</span>
        )}
        <span className="sn push">{place}</span>
        {failed && <ErrorDot />}
      </span>
      <span className="wf-time">
        {group === undefined ? (
          <Bar span={span} range={range} hollow={peer !== undefined} />
        ) : (
          <GroupBar tree={tree} group={group} range={range} hollow={peer !== undefined} />
        )}
        {segments?.map(({ from, to }) => (
          <PathMark key={from} from={from} to={to} range={range} />
        ))}
      </span>
    </div>
  );
});

/**
 * Reports whether the texts at a row's name may need an ellipsis. Only those are clipped, because each clip is painted
 * on its own.
 */
function mayOverflow(texts: string, depth: number): boolean {
  return texts.length * WIDE_LETTER + Math.min(depth, MAX_DEPTH_SHOWN) * INDENT > TEXT_WIDTH;
}

const WIDE_LETTER = 8;
/** Width of the name's column without marks and gaps. */
const TEXT_WIDTH = 240;

/** The indentation of a span's name, whose guides are its background: an element less in each row. */
function indentation(depth: number): CSSProperties {
  const width = Math.min(depth, MAX_DEPTH_SHOWN) * INDENT;
  return { paddingLeft: INDENT_START + width, backgroundSize: `${width}px 100%` };
}

const INDENT = 12;
const INDENT_START = 16;

/** The indentation of a span's name. */
export function Indent({ depth }: { readonly depth: number }): ReactNode {
  return <span className="wf-indent" style={{ width: Math.min(depth, MAX_DEPTH_SHOWN) * INDENT }} />;
}

/** The button that collapses or expands a row. `folded` is `undefined` if there is nothing to collapse. */
export function Fold({
  folded,
  onFold,
}: {
  readonly folded: boolean | undefined;
  readonly onFold: () => void;
}): ReactNode {
  if (folded === undefined) return <span className="wf-fold" />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keyboard users fold rows with the tree's keys
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <span
      className="wf-fold"
      onClick={(event) => {
        event.stopPropagation();
        onFold();
      }}
    >
      <Icon name={folded ? 'right' : 'down'} size={12} />
    </span>
  );
}

function Bar({
  span,
  range,
  hollow,
}: {
  readonly span: TraceSpan;
  readonly range: TraceRange;
  readonly hollow: boolean;
}): ReactNode {
  const bar = waterfallBar(range, span.start, span.durationNanos);
  if (bar === undefined) return null;
  return (
    <>
      <i
        className={`wf-bar ${hollow ? 'hollow' : ''}`}
        style={barStyle(bar, hollow ? undefined : serviceColor(span.service))}
      />
      {span.events.map((event, at) => {
        const x = shareOf(range, span.start + event.offset);
        return (
          x >= 0 &&
          x <= 100 && (
            <i
              key={String(at)}
              className={`wf-event ${event.isException ? 'x' : ''}`}
              style={{ marginLeft: `calc(${x}% - 3px)` }}
            />
          )
        );
      })}
      <span {...labelProps(bar)}>{formatDuration(span.durationNanos)}</span>
    </>
  );
}

/** Number of spans of a group that are drawn one by one. */
const MAX_DRAWN = 200;

/** The bars of repeated siblings in one row. */
function GroupBar({
  tree,
  group,
  range,
  hollow,
}: {
  readonly tree: TraceTree;
  readonly group: Repeat;
  readonly range: TraceRange;
  readonly hollow: boolean;
}): ReactNode {
  const { members } = group;
  const start = startOf(tree, group.index);
  const end = members.reduce((last, member) => Math.max(last, startOf(tree, member) + durationOf(tree, member)), start);
  const whole = waterfallBar(range, start, end - start);
  const first = spanAt(tree, group.index);
  if (whole === undefined || first === undefined) return null;
  const color = hollow ? undefined : serviceColor(first.service);
  const drawn = members.length <= MAX_DRAWN ? members : [];
  return (
    <>
      {drawn.length === 0 && (
        <i className={`wf-bar many ${hollow ? 'hollow' : ''}`} style={{ ...barStyle(whole, undefined), color }} />
      )}
      {drawn.map((member) => {
        const bar = waterfallBar(range, startOf(tree, member), durationOf(tree, member));
        return (
          bar !== undefined && (
            <i key={member} className={`wf-bar one ${hollow ? 'hollow' : ''}`} style={barStyle(bar, color)} />
          )
        );
      })}
      <span {...labelProps(whole)}>
        {formatDuration(group.nanos)}
        {whole.label.place !== 'gutter' && (
          <span className="t3"> {t('in {spans}', { spans: plural(members.length, 'span') })}</span>
        )}
      </span>
    </>
  );
}

/** A part of the critical path, below the span's bar. */
function PathMark({
  from,
  to,
  range,
}: {
  readonly from: number;
  readonly to: number;
  readonly range: TraceRange;
}): ReactNode {
  const bar = waterfallBar(range, from, to - from);
  if (bar === undefined) return null;
  return <i className="wf-path" style={barStyle(bar, undefined)} />;
}

/** Bars have margins instead of positions: each positioned element would be painted as a layer. */
function barStyle({ left, width }: WaterfallBar, color: string | undefined): CSSProperties {
  return { marginLeft: `${left}%`, width: `${width}%`, ...(color !== undefined && { backgroundColor: color }) };
}

/** Returns the class and place of a bar's duration. */
function labelProps({ label: { place, left } }: WaterfallBar): {
  readonly className: string;
  readonly style: CSSProperties;
} {
  if (place === 'left') return { className: 'wf-lasts l', style: { marginRight: `calc(${100 - left}% + 3px)` } };
  return { className: place === 'gutter' ? 'wf-lasts g' : 'wf-lasts', style: { marginLeft: `calc(${left}% + 2px)` } };
}

/** An error mark: a dot with a symbol, so that it does not rely on color. */
export function ErrorDot(): ReactNode {
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" role="img" aria-label={t('error')}>
      <circle cx="5" cy="5" r="5" fill="var(--error-fill)" />
      <path d="M5 2.2v3.4M5 7.4v.3" stroke="var(--on-error)" strokeWidth="1.5" strokeLinecap="round" />
    </svg>
  );
}
