import { type ReactNode, useMemo } from 'react';
import { t } from '../../locale/t.ts';
import type { MapEdge } from './graph.ts';
import { labelsOf } from './layout/labels.ts';
import type { MapLayout } from './layout/placed.ts';
import { type EdgeUnit, isFailing, labelOf } from './numbers.ts';

/** The numbers on the edges of the selected node. A press selects the edge. */
export function EdgeLabels({
  layout,
  edges,
  seconds,
  selected,
  edgeId,
  unit,
  onSelectEdge,
}: {
  readonly layout: MapLayout;
  readonly edges: ReadonlyMap<string, MapEdge>;
  readonly seconds: number;
  readonly selected: string | undefined;
  readonly edgeId: string | undefined;
  readonly unit: EdgeUnit;
  readonly onSelectEdge: (id: string | undefined) => void;
}): ReactNode {
  const labels = useMemo(() => (selected === undefined ? [] : labelsOf(layout, selected)), [layout, selected]);
  return labels.map(({ edge: { id }, x, y, width, height }, index) => {
    const edge = edges.get(id);
    if (edge === undefined) return null;
    const isSelected = id === edgeId;
    const text = labelOf(edge, unit, seconds);
    return (
      <button
        key={`${id} ${index}`}
        type="button"
        tabIndex={-1}
        className={`mp-label ${isSelected ? 'on' : isFailing(edge) ? 'err' : ''}`}
        style={{ left: x, top: y, width, height }}
        aria-pressed={isSelected}
        aria-label={t('Calls from {caller} to {called}: {text}', { caller: edge.caller, called: edge.called, text })}
        onClick={() => onSelectEdge(isSelected ? undefined : id)}
      >
        <span>{text}</span>
      </button>
    );
  });
}
