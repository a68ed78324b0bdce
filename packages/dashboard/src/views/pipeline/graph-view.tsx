import type { PipelineGraph } from '@otelier/query';
import { type ReactNode, useMemo, useState } from 'react';
import { useSize } from '../../charts/use-size.ts';
import { type EdgeRate, edgeRates } from '../../data/pipeline/pipeline-stats.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { useKeys } from '../../shell/keys.ts';
import { drawnGraph, pipelineOf } from './drawn-graph.ts';
import { type EdgeUnit, edgeLabel, edgeWidth, rateOfLine } from './edge-labels.ts';
import { EdgeTip } from './edge-tip.tsx';
import { GraphNode } from './graph-node.tsx';
import { layoutPipeline, type PlacedEdge } from './layout.ts';

/** The pipeline graph: one row per pipeline, with edge widths that reflect rates. */
export function PipelineGraphView({
  latest,
  before,
  unit,
  row,
  tapped,
}: {
  readonly latest: PipelineGraph;
  readonly before: PipelineGraph | undefined;
  readonly unit: EdgeUnit;
  /** The only pipeline to draw. Default: all. */
  readonly row?: string;
  /** The tapped edge. The arrow keys then tap the next one. */
  readonly tapped?: string;
}): ReactNode {
  const [ref, { width }] = useSize<HTMLElement>();
  const { edge } = usePageSearch();
  const chosen = tapped ?? edge;
  const change = useChangeSearch();
  const [hovered, setHovered] = useState<string | undefined>(undefined);
  // Positions depend on the shape of the graph, not on its numbers.
  const shape = `${width} ${row} ${latest.nodes.map((node) => node.id).join()} ${latest.edges.map((edge) => edge.id).join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const places = useMemo(() => layoutPipeline(drawnGraph(pipelineOf(latest, row)), width, row !== undefined), [shape]);
  const drawn = useMemo(() => drawnGraph(latest), [latest]);
  const rates = useMemo(() => edgeRates(latest, before), [latest, before]);
  const lines = useMemo(() => {
    const fresh = new Map(drawn.edges.map((line) => [line.id, line]));
    return places.edges.map((line) => ({ line, rate: rateOfLine(fresh.get(line.id) ?? line, rates) }));
  }, [places, drawn, rates]);
  const troubled = new Set(
    drawn.nodes.filter((node) => node.members.some((member) => member.problem)).map((node) => node.id),
  );
  const members = new Map(drawn.nodes.map((node) => [node.id, node.members]));
  const tap = (id: string | undefined): void =>
    change({ tap: id, edge: undefined }, tapped === undefined ? 'push' : 'replace');
  const select = (id: string | undefined): void =>
    tapped === undefined ? change({ edge: id }, 'replace') : tap(id ?? tapped);
  const at = lines.findIndex(({ line }) => line.id === chosen);
  const walk = (step: number): void => select(lines[(at + step + lines.length) % Math.max(1, lines.length)]?.line.id);
  useKeys(t('View'), [
    {
      press: 'ArrowRight',
      does: t('next edge'),
      hint: t(tapped === undefined ? 'select edge' : 'next edge'),
      shown: ['←', '→'],
      run: () => walk(1),
    },
    { press: 'ArrowLeft', does: t('previous edge'), run: () => walk(at < 0 ? 0 : -1) },
    ...(chosen === undefined || tapped !== undefined
      ? []
      : [
          { press: 't', does: t('tap the selected edge'), hint: t('tap edge'), run: () => tap(chosen) },
          { press: 'Escape', does: t('clear the selection'), run: () => select(undefined) },
        ]),
  ]);
  const tipped = lines.find(({ line }) => line.id === (hovered ?? edge));
  const mark = lines.find(({ line }) => line.id === tapped)?.line;
  return (
    <ScrollRegion scrollRef={ref} className="pi-graph" label={t('Running pipeline')}>
      <div style={{ position: 'relative', width: places.width, height: places.height }}>
        <svg width={places.width} height={places.height} aria-hidden="true">
          {lines.map(({ line, rate }) => (
            <path
              key={line.id}
              d={curve(line)}
              fill="none"
              strokeWidth={edgeWidth(rate.itemsPerSecond)}
              className={`pi-edge ${line.id === chosen ? 'on' : troubled.has(line.to) ? 'w' : ''}`}
            />
          ))}
          {places.forks.map(({ x, y }) => (
            <circle key={`${x} ${y}`} cx={x} cy={y} r={5} className="pi-fork" />
          ))}
          {places.nodes
            .filter((node) => node.kind === 'join')
            .map((node) => (
              <circle key={node.id} cx={node.x} cy={node.y} r={3.5} className="pi-fork" />
            ))}
          {stems(places.edges).map(({ id, x1, x2, y }) => (
            <path
              key={id}
              d={`M${x1} ${y}H${x2}`}
              fill="none"
              strokeWidth={edgeWidth(lines.find(({ line }) => line.id === id)?.rate.itemsPerSecond ?? 0)}
              className="pi-edge"
            />
          ))}
          {lines.map(({ line }) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: edges are selected with the keyboard through their labels and the arrow keys
            <path
              key={line.id}
              d={curve(line)}
              fill="none"
              strokeWidth={14}
              className="pi-reach"
              onPointerEnter={() => setHovered(line.id)}
              onPointerLeave={() => setHovered(undefined)}
              onClick={() => tap(line.id)}
            />
          ))}
        </svg>
        {places.heads.map(({ text, x }) => (
          <span key={text} className="pi-head" style={{ left: x }}>
            {text}
          </span>
        ))}
        {places.rows.map(({ id, x, y }) => (
          <span key={id} className="pi-row" style={{ left: x - 6, top: y }}>
            {id}
          </span>
        ))}
        {places.nodes.map(
          (node) =>
            node.kind !== 'join' && (
              <GraphNode
                key={node.id}
                node={node}
                members={members.get(node.id) ?? node.members}
                latest={latest}
                before={before}
                rate={inflow(node.id, lines)}
                isShort={row !== undefined}
              />
            ),
        )}
        {lines
          .filter(({ line }) => isLabeled(line, places.edges))
          .map(({ line, rate }) => (
            <EdgeLabel
              key={line.id}
              line={line}
              text={edgeLabel(rate, unit)}
              refused={rate.refusedPerSecond}
              on={line.id === chosen}
              isQuiet={rate.itemsPerSecond === 0 && rate.refusedPerSecond === 0 && firstOfRow(line, lines) !== line}
              onSelect={() => tap(line.id)}
              onHover={setHovered}
            />
          ))}
        {mark !== undefined && (
          <span className="pi-tapped" style={middleOf(mark)}>
            <Icon name="tap" size={12} />
          </span>
        )}
        {tipped !== undefined && <EdgeTip line={tipped.line} rate={tipped.rate} />}
      </div>
      <span className="pi-key">
        <svg width="44" height="8" aria-hidden="true" style={{ position: 'static' }}>
          <path d="M0 4h18" strokeWidth="1.5" className="pi-edge" />
          <path d="M24 4h20" strokeWidth="6" className="pi-edge" />
        </svg>
        {t('items /s, log scale')}
      </span>
    </ScrollRegion>
  );
}

function EdgeLabel({
  line,
  text,
  refused,
  on,
  isQuiet,
  onSelect,
  onHover,
}: {
  readonly line: PlacedEdge;
  readonly text: string;
  readonly refused: number;
  readonly on: boolean;
  /** Whether it is shown only under the pointer or the focus, since it says what the first one of the pipeline says. */
  readonly isQuiet: boolean;
  readonly onSelect: () => void;
  readonly onHover: (id: string | undefined) => void;
}): ReactNode {
  const { x, y } = labelPosition(line);
  return (
    <button
      type="button"
      className={`pi-label ${on ? 'on' : ''} ${isQuiet ? 'quiet' : ''}`}
      style={{ left: x, top: y }}
      aria-pressed={on}
      onClick={onSelect}
      onPointerEnter={() => onHover(line.id)}
      onPointerLeave={() => onHover(undefined)}
      onFocus={() => onHover(line.id)}
      onBlur={() => onHover(undefined)}
    >
      <span className="unseen">{t('{from} to {to}, {row}', { from: line.from, to: line.to, row: line.row })}: </span>
      {text}
      {refused > 0 && <span className="err"> {t('{number} refused', { number: Math.ceil(refused) })}</span>}
    </button>
  );
}

/**
 * Reports whether a line carries a label. If a batch goes to several branches, its rate is shown once, before the fork.
 */
function isLabeled(line: PlacedEdge, edges: readonly PlacedEdge[]): boolean {
  return line.stem === undefined || edges.find((edge) => edge.from === line.from && edge.row === line.row) === line;
}

/** Returns the middle of a line. */
function middleOf({ x1, y1, x2, y2, stem }: PlacedEdge): { readonly left: number; readonly top: number } {
  return stem === undefined ? { left: (x1 + x2) / 2, top: (y1 + y2) / 2 } : { left: (stem + x1) / 2, top: y1 };
}

/** Returns the position of a label: above a straight edge, or at the bend of a curved one. */
function labelPosition({ x1, y1, x2, y2, stem }: PlacedEdge): { readonly x: number; readonly y: number } {
  if (stem !== undefined) return { x: (stem + x1) / 2, y: y1 - 24 };
  const straight = Math.abs(y2 - y1) < 8;
  // Closer to the end that belongs to a single row, where the labels of a fan do not overlap.
  return straight ? { x: (x1 + x2) / 2, y: y1 - 24 } : { x: x1 + (x2 - x1) * 0.52, y: y1 + (y2 - y1) * 0.52 - 8 };
}

function curve({ x1, y1, x2, y2 }: PlacedEdge): string {
  const bend = Math.max(24, Math.abs(x2 - x1) * 0.5);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** Returns the segments from each component to the fork of its output, one per fork. */
function stems(
  edges: readonly PlacedEdge[],
): { readonly id: string; readonly x1: number; readonly x2: number; readonly y: number }[] {
  return edges.flatMap((edge) =>
    edge.stem !== undefined && isLabeled(edge, edges) ? [{ id: edge.id, x1: edge.stem, x2: edge.x1, y: edge.y1 }] : [],
  );
}

/** Returns the first line of the same pipeline. */
function firstOfRow(line: PlacedEdge, lines: readonly { readonly line: PlacedEdge }[]): PlacedEdge | undefined {
  const row = lines.map((one) => one.line).filter((one) => one.row === line.row);
  return row.reduce((first, one) => (one.x1 < first.x1 ? one : first), line);
}

function inflow(id: string, lines: readonly { readonly line: PlacedEdge; readonly rate: EdgeRate }[]): number {
  return lines.reduce((total, { line, rate }) => (line.to === id ? total + rate.itemsPerSecond : total), 0);
}
