import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useMemo, useState } from 'react';
import { writeCondition } from '../../data/conditions.ts';
import { timeOf } from '../../data/search.ts';
import { assignServiceColors } from '../../data/service-colors.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { useStatus } from '../../data/use-status.ts';
import { t } from '../../locale/t.ts';
import { LoadingRows } from '../../parts/loading.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { useKeys } from '../../shell/keys.ts';
import { NoRequests } from '../overview/no-requests.tsx';
import { useCoveredSeconds } from '../overview/use-overview.ts';
import type { Hops, MapEdge, MapGraph, MapNode } from './graph.ts';
import { longEdges } from './layout/layout.ts';
import './map.css';
import { MapBar } from './map-bar.tsx';
import { MapCanvas } from './map-canvas.tsx';
import { MapTable } from './map-table.tsx';
import { type EdgeUnit, isFailing } from './numbers.ts';
import { EdgePanel } from './panel/edge-panel.tsx';
import { NodePanel } from './panel/node-panel.tsx';
import { conditionsOf } from './panel/trace-links.tsx';
import { type ServiceMap, useServiceMap } from './use-service-map.ts';

const HOPS: readonly Hops[] = ['1', '2', 'up'];
const UNITS: readonly EdgeUnit[] = ['rate', 'errors', 'p95'];

/** The view of services and the calls between them. */
export function ServiceMapView(): ReactNode {
  const result = useServiceMap();
  const search = usePageSearch();
  const change = useChangeSearch();
  const navigate = useNavigate();
  const seconds = useSecondsOf(result.data);
  const [typed, setTyped] = useState('');
  const [showsLong, setShowsLong] = useState(false);
  const graph = result.data?.graph;
  const node = graph?.nodes.get(search.node ?? '');
  const edge = graph?.edges.find(({ id }) => id === search.edge);
  const hops = HOPS.find((one) => one === search.hops) ?? '1';
  const unit = UNITS.find((one) => one === search.unit) ?? 'rate';
  const isTable = search.shape === 'table';
  const found = useMemo(() => findNodes(graph, typed), [graph, typed]);
  const long = useMemo(() => countLong(graph), [graph]);
  useMemo(() => {
    const services = [...(graph?.nodes.values() ?? [])].filter(({ isPeer }) => !isPeer);
    assignServiceColors(services.map(({ name }) => name).sort());
  }, [graph]);
  const select = (id: string | undefined): void => change({ node: id, edge: undefined }, 'replace');
  const selectEdge = (id: string | undefined): void => change({ edge: id }, 'replace');
  const traces = (where: readonly string[]): void =>
    void navigate({ to: '/traces', search: { ...timeOf(search), where } } as never);
  const open = (id: string): void => {
    const opened = graph?.nodes.get(id);
    if (opened === undefined || opened.isPeer) select(id);
    else void navigate({ to: '/services/$name', params: { name: opened.name }, search: timeOf(search) } as never);
  };
  const widen = (): void => change({ hops: HOPS[(HOPS.indexOf(hops) + 1) % HOPS.length] }, 'replace');
  useSelectionKeys({
    edge,
    node,
    widen,
    traces: () => traces(edge === undefined ? [writeCondition('service', '=', node?.name ?? '')] : conditionsOf(edge)),
    clear: () => (edge === undefined ? select(undefined) : selectEdge(undefined)),
  });
  const isOpen = graph !== undefined && (edge !== undefined || node !== undefined);
  return (
    <div className={`mp ${isOpen ? 'with-panel' : ''}`}>
      <MapBar
        data={result.data}
        typed={typed}
        found={found?.size}
        selected={node}
        hops={hops}
        unit={unit}
        long={long}
        showsLong={showsLong}
        isTable={isTable}
        onType={setTyped}
        onFind={() => {
          const [first] = found ?? [];
          setTyped('');
          if (first !== undefined) select(first);
        }}
        onSelect={select}
        onHops={(next) => change({ hops: next }, 'replace')}
        onUnit={(next) => change({ unit: next }, 'replace')}
        onLong={() => setShowsLong(!showsLong)}
        onTable={() => change({ shape: isTable ? undefined : 'table' })}
      />
      <QueryResult result={result} loading={<LoadingRows rows={10} height={44} />}>
        {({ graph: shown }) =>
          shown.nodes.size === 0 ? (
            <NoRequests what={t('calls')} />
          ) : isTable ? (
            <MapTable graph={shown} seconds={seconds} edgeId={edge?.id} found={found} onSelectEdge={selectEdge} />
          ) : (
            <MapCanvas
              graph={shown}
              seconds={seconds}
              selected={node?.id}
              hops={hops}
              edgeId={edge?.id}
              unit={unit}
              found={found}
              showsLong={showsLong}
              onSelect={select}
              onSelectEdge={selectEdge}
              onOpen={open}
            />
          )
        }
      </QueryResult>
      {isOpen && (
        <SelectionPanel
          edge={edge}
          node={node}
          graph={graph}
          seconds={seconds}
          onSelect={select}
          onSelectEdge={selectEdge}
        />
      )}
    </div>
  );
}

/** Binds the keys for the call or node in focus. */
function useSelectionKeys({
  edge,
  node,
  widen,
  traces,
  clear,
}: {
  readonly edge: MapEdge | undefined;
  readonly node: MapNode | undefined;
  readonly widen: () => void;
  readonly traces: () => void;
  readonly clear: () => void;
}): void {
  const hasTraces = edge !== undefined || node?.isPeer === false;
  const does = edge === undefined ? t('clear the focus') : t('clear the call');
  useKeys(t('View'), [
    ...(node === undefined ? [] : [{ press: 'f', does: t('widen the focus'), hint: t('focus'), run: widen }]),
    ...(hasTraces ? [{ press: 't', does: t('show the traces'), hint: t('traces of this'), run: traces }] : []),
    ...(edge === undefined && node === undefined ? [] : [{ press: 'Escape', does, hint: t('clear'), run: clear }]),
  ]);
}

function SelectionPanel({
  edge,
  node,
  graph,
  seconds,
  onSelect,
  onSelectEdge,
}: {
  readonly edge: MapEdge | undefined;
  readonly node: MapNode | undefined;
  readonly graph: MapGraph;
  readonly seconds: number;
  readonly onSelect: (id: string | undefined) => void;
  readonly onSelectEdge: (id: string | undefined) => void;
}): ReactNode {
  const shown = { graph, seconds, onSelect, onSelectEdge };
  if (edge !== undefined) return <EdgePanel {...shown} edge={edge} onClose={() => onSelectEdge(undefined)} />;
  if (node !== undefined) return <NodePanel {...shown} node={node} onClose={() => onSelect(undefined)} />;
  return null;
}

/** Returns the seconds that the data covers, which grow only with the data: rates do not drift between responses. */
function useSecondsOf(data: ServiceMap | undefined): number {
  const covered = useCoveredSeconds();
  const oldest = useStatus().data?.store?.oldestNanos;
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useMemo(() => covered, [data, oldest]);
}

/** Returns the nodes whose names contain the text, those that start with it first. */
function findNodes(graph: MapGraph | undefined, text: string): ReadonlySet<string> | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === '' || graph === undefined) return undefined;
  const nodes = [...graph.nodes.values()].filter(({ name }) => name.toLowerCase().includes(wanted));
  const rank = (name: string): number => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
  return new Set(nodes.sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1)).map(({ id }) => id));
}

/** Returns the number of edges that are folded. Those that fail are always shown. */
function countLong(graph: MapGraph | undefined): number {
  if (graph === undefined) return 0;
  return longEdges([...graph.nodes.values()], graph.edges).filter((edge) => !isFailing(edge)).length;
}
