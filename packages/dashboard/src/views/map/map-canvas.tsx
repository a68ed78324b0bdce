import { type ReactNode, useCallback, useEffect, useMemo, useRef } from 'react';
import { useSize } from '../../charts/use-size.ts';
import { t } from '../../locale/t.ts';
import { around, type Hops, type MapEdge, type MapGraph } from './graph.ts';
import { edgeAt } from './layout/routes.ts';
import { useMapLayout } from './layout/use-map-layout.ts';
import { BackEdges, type DrawnEdge, FrontEdges } from './map-edges.tsx';
import { MapKey } from './map-key.tsx';
import { EdgeLabels } from './map-labels.tsx';
import { MapNodes } from './map-nodes.tsx';
import { type EdgeUnit, isFailing } from './numbers.ts';
import { useCamera } from './use-camera.ts';
import { useMapKeys } from './use-map-keys.ts';

/** Distance in pixels at which a click selects an edge. */
const REACH = 8;

/** The map. Nodes and edges that are not in focus, or do not match the search, are faded. */
export function MapCanvas({
  graph,
  seconds,
  selected,
  hops,
  edgeId,
  unit,
  found,
  showsLong,
  onSelect,
  onSelectEdge,
  onOpen,
}: {
  readonly graph: MapGraph;
  readonly seconds: number;
  readonly selected: string | undefined;
  readonly hops: Hops;
  readonly edgeId: string | undefined;
  readonly unit: EdgeUnit;
  /** The nodes that match the search. */
  readonly found: ReadonlySet<string> | undefined;
  readonly showsLong: boolean;
  readonly onSelect: (id: string | undefined) => void;
  readonly onSelectEdge: (id: string | undefined) => void;
  readonly onOpen: (id: string) => void;
}): ReactNode {
  const [measure, size] = useSize<HTMLElement>();
  const layout = useMapLayout(graph, size.height);
  const byId = useMemo(() => new Map(graph.edges.map((edge) => [edge.id, edge])), [graph]);
  const focus = useMemo(
    () => (selected === undefined ? undefined : around(graph, selected, hops)),
    [graph, selected, hops],
  );
  const drawn = useMemo(
    () =>
      layout.edges.flatMap((place): DrawnEdge[] => {
        const edge = byId.get(place.id);
        return edge === undefined ? [] : [{ edge, place }];
      }),
    [layout, byId],
  );
  const isNear = (edge: MapEdge): boolean => focus?.edges.has(edge.id) === true || edge.id === edgeId;
  const front = drawn.filter(({ edge }) => isNear(edge));
  const back = useMemo(
    () =>
      drawn.filter(
        ({ edge, place }) =>
          focus?.edges.has(edge.id) !== true && edge.id !== edgeId && (!place.isLong || showsLong || isFailing(edge)),
      ),
    [drawn, focus, edgeId, showsLong],
  );
  const camera = useCamera(layout, size, (x, y, scale) => {
    const visible = [...front, ...back].map(({ place }) => place);
    const hit = edgeAt(visible, x, y, REACH / scale);
    if (hit !== undefined) onSelectEdge(hit.id);
    else if (edgeId !== undefined) onSelectEdge(undefined);
    else onSelect(undefined);
  });
  const root = useRef<HTMLElement | null>(null);
  const { view } = camera;
  const attach = useCallback(
    (element: HTMLElement | null) => {
      root.current = element;
      measure(element);
      view(element);
    },
    [measure, view],
  );
  const places = useMemo(() => new Map(layout.nodes.map((node) => [node.id, node])), [layout]);
  const chosen = byId.get(edgeId ?? '');
  // biome-ignore lint/correctness/useExhaustiveDependencies: moves the map only when the selection changes
  useEffect(() => {
    for (const id of [chosen?.from, chosen?.to, selected]) {
      const place = places.get(id ?? '');
      if (place !== undefined) camera.reveal(place);
    }
  }, [selected, chosen?.id, size.width]);
  useMapKeys({
    layout,
    graph,
    selected,
    edgeId,
    onSelect(id) {
      onSelect(id);
      const node = root.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`);
      node?.focus({ preventScroll: true });
    },
    onSelectEdge,
    onOpen,
    zoom: camera.zoom,
    fit: camera.fit,
  });
  return (
    <section ref={attach} className="mp-view" aria-label={t('Service map')} {...camera.handlers}>
      <div ref={camera.surface} className="mp-surface" style={{ width: layout.width, height: layout.height }}>
        <svg width={layout.width} height={layout.height} aria-hidden="true">
          <BackEdges edges={back} seconds={seconds} isOff={focus !== undefined || found !== undefined} />
          <FrontEdges edges={front} seconds={seconds} selected={edgeId} />
        </svg>
        {layout.heads.map(({ text, x }) => (
          <span key={x} className="mp-head" style={{ left: x }}>
            {text}
          </span>
        ))}
        <MapNodes
          layout={layout}
          graph={graph}
          seconds={seconds}
          selected={selected}
          focus={focus?.nodes}
          found={found}
          onSelect={onSelect}
          onOpen={onOpen}
          onFocus={camera.reveal}
        />
        <EdgeLabels
          layout={layout}
          edges={byId}
          seconds={seconds}
          selected={selected}
          edgeId={edgeId}
          unit={unit}
          onSelectEdge={onSelectEdge}
        />
      </div>
      <MapKey onZoom={camera.zoom} onFit={camera.fit} />
    </section>
  );
}
