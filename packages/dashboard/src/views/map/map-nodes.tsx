import type { ReactNode } from 'react';
import type { MapGraph } from './graph.ts';
import type { Box, MapLayout } from './layout/placed.ts';
import { MapNodeButton } from './map-node.tsx';

/** The nodes. Those that are not in focus, or do not match the search, are faded. One of them is a tab stop. */
export function MapNodes({
  layout,
  graph,
  seconds,
  selected,
  focus,
  found,
  onSelect,
  onOpen,
  onFocus,
}: {
  readonly layout: MapLayout;
  readonly graph: MapGraph;
  readonly seconds: number;
  readonly selected: string | undefined;
  readonly focus: ReadonlySet<string> | undefined;
  readonly found: ReadonlySet<string> | undefined;
  readonly onSelect: (id: string | undefined) => void;
  readonly onOpen: (id: string) => void;
  readonly onFocus: (place: Box) => void;
}): ReactNode {
  const shown = found ?? focus;
  const tabStop = layout.nodes.find(({ id }) => id === selected)?.id ?? layout.nodes[0]?.id;
  return layout.nodes.map((place) => {
    const node = graph.nodes.get(place.id);
    if (node === undefined) return null;
    const isSelected = place.id === selected;
    return (
      <MapNodeButton
        key={place.id}
        place={place}
        node={node}
        seconds={seconds}
        isDense={layout.isDense}
        state={shown === undefined ? '' : shown.has(place.id) ? 'full' : 'off'}
        isSelected={isSelected}
        isTabStop={place.id === tabStop}
        onSelect={() => onSelect(isSelected ? undefined : place.id)}
        onOpen={() => onOpen(place.id)}
        onFocus={() => onFocus(place)}
      />
    );
  });
}
