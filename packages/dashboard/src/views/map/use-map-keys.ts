import { t } from '../../locale/t.ts';
import { useKeys } from '../../shell/keys.ts';
import { useListKeys } from '../../shell/use-list-keys.ts';
import type { MapGraph } from './graph.ts';
import type { MapLayout } from './layout/placed.ts';

/** Binds the keys that walk over nodes and calls and scale the map. */
export function useMapKeys({
  layout,
  graph,
  selected,
  edgeId,
  onSelect,
  onSelectEdge,
  onOpen,
  zoom,
  fit,
}: {
  readonly layout: MapLayout;
  readonly graph: MapGraph;
  readonly selected: string | undefined;
  readonly edgeId: string | undefined;
  readonly onSelect: (id: string) => void;
  readonly onSelectEdge: (id: string | undefined) => void;
  readonly onOpen: (id: string) => void;
  readonly zoom: (by: number) => void;
  readonly fit: () => void;
}): void {
  const idAt = (index: number): string => layout.nodes[index]?.id ?? '';
  useListKeys({
    what: t('node'),
    count: layout.nodes.length,
    index: layout.nodes.findIndex(({ id }) => id === selected),
    onIndex: (index) => onSelect(idAt(index)),
    onOpen: (index) => onOpen(idAt(index)),
  });
  // Callers first, then the called, each from top to bottom.
  const place = new Map(layout.nodes.map(({ id }, index) => [id, index]));
  const calls = graph.edges
    .filter(({ from, to }) => selected === undefined || from === selected || to === selected)
    .toSorted(
      (a, b) =>
        Number(a.from === selected) - Number(b.from === selected) ||
        (place.get(a.from) ?? 0) - (place.get(b.from) ?? 0) ||
        (place.get(a.to) ?? 0) - (place.get(b.to) ?? 0),
    );
  const at = calls.findIndex(({ id }) => id === edgeId);
  const walk = (step: 1 | -1): void => {
    const next = at < 0 ? (step > 0 ? 0 : calls.length - 1) : (at + step + calls.length) % calls.length;
    onSelectEdge(calls[next]?.id);
  };
  useKeys(t('View'), [
    { press: 'ArrowRight', does: t('next call'), hint: t('walk the calls'), shown: ['←', '→'], run: () => walk(1) },
    { press: 'ArrowLeft', does: t('previous call'), run: () => walk(-1) },
    { press: '+', does: t('zoom in'), run: () => zoom(1.25) },
    { press: '-', does: t('zoom out'), run: () => zoom(0.8) },
    { press: '0', does: t('show all of the map'), run: fit },
  ]);
}
