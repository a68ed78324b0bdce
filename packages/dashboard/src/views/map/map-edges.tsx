import { memo, type ReactNode, useMemo } from 'react';
import type { MapEdge } from './graph.ts';
import type { PlacedEdge } from './layout/placed.ts';
import { isFailing, widthOf } from './numbers.ts';

/** An edge with its course. */
export interface DrawnEdge {
  readonly edge: MapEdge;
  readonly place: PlacedEdge;
}

/** The edges that are not in focus. Those of equal style are one path, so that thousands of them move quickly. */
export const BackEdges = memo(function BackEdges({
  edges,
  seconds,
  isOff,
}: {
  readonly edges: readonly DrawnEdge[];
  readonly seconds: number;
  /** Whether other edges are in focus. */
  readonly isOff: boolean;
}): ReactNode {
  const styles = useMemo(
    () =>
      Map.groupBy(
        edges,
        ({ edge }) => `${isFailing(edge) ? 'bad' : ''} ${edge.isMessage ? 'msg' : ''}|${widthOf(edge.calls / seconds)}`,
      ),
    [edges, seconds],
  );
  return [...styles].map(([style, group]) => {
    const [classes, width] = style.split('|');
    return (
      <path
        key={style}
        d={group.map(({ place }) => place.path).join('')}
        strokeWidth={width}
        className={`mp-edge ${classes} ${isOff ? 'off' : ''}`}
      />
    );
  });
});

/** The edges in focus. The selected one has an outline. */
export function FrontEdges({
  edges,
  seconds,
  selected,
}: {
  readonly edges: readonly DrawnEdge[];
  readonly seconds: number;
  readonly selected: string | undefined;
}): ReactNode {
  return edges.map(({ edge, place }, index) => {
    const width = widthOf(edge.calls / seconds);
    const key = `${edge.id} ${index}`;
    return (
      <g key={key}>
        {edge.id === selected && (
          <>
            <path d={place.path} strokeWidth={width + 5} className="mp-outline" />
            <path d={place.path} strokeWidth={width + 2} className="mp-inline" />
          </>
        )}
        <path
          d={place.path}
          strokeWidth={width}
          className={`mp-edge near ${isFailing(edge) ? 'bad' : ''} ${edge.isMessage ? 'msg' : ''}`}
        />
      </g>
    );
  });
}
