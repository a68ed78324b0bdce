import { type ReactNode, useRef } from 'react';
import { plural } from '../../format/number.ts';
import { Icon } from '../../parts/icon.tsx';
import { Segmented } from '../../parts/segmented.tsx';
import { useKeys } from '../../shell/keys.ts';
import type { Hops, MapNode } from './graph.ts';
import type { EdgeUnit } from './numbers.ts';
import type { ServiceMap } from './use-service-map.ts';

/** The bar above the map: search, focus, extent and what the edges show. */
export function MapBar({
  data,
  typed,
  found,
  selected,
  hops,
  unit,
  long,
  showsLong,
  isTable,
  onType,
  onFind,
  onSelect,
  onHops,
  onUnit,
  onLong,
  onTable,
}: {
  readonly data: ServiceMap | undefined;
  readonly typed: string;
  readonly found: number | undefined;
  readonly selected: MapNode | undefined;
  readonly hops: Hops;
  readonly unit: EdgeUnit;
  /** Number of edges that are folded unless one of their ends is in focus. */
  readonly long: number;
  readonly showsLong: boolean;
  readonly isTable: boolean;
  readonly onType: (text: string) => void;
  readonly onFind: () => void;
  readonly onSelect: (id: string | undefined) => void;
  readonly onHops: (hops: Hops) => void;
  readonly onUnit: (unit: EdgeUnit) => void;
  readonly onLong: () => void;
  readonly onTable: () => void;
}): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  useKeys('View', [{ press: '/', does: 'find a service', hint: 'find', run: () => input.current?.focus() }]);
  return (
    <search className="mp-bar bb" aria-label="Map">
      <label className="field small mp-find">
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          aria-label="Find a service"
          placeholder="Find a service"
          value={typed}
          onChange={(event) => onType(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' && event.key !== 'Enter') return;
            event.preventDefault();
            event.stopPropagation();
            if (event.key === 'Enter') onFind();
            else onType('');
            event.currentTarget.blur();
          }}
        />
        <kbd>/</kbd>
      </label>
      {selected !== undefined && (
        <>
          <span className="t3 s12">Focus</span>
          <span className="chip">
            <bdi className="cut">{selected.name}</bdi>
            <button type="button" aria-label={`Remove focus ${selected.name}`} onClick={() => onSelect(undefined)}>
              <Icon name="close" />
            </button>
          </span>
          <Segmented
            label="Extent of the focus"
            value={hops}
            options={[
              { value: '1', label: '1 hop' },
              { value: '2', label: '2 hops' },
              { value: 'up', label: 'all upstream' },
            ]}
            onChange={onHops}
          />
        </>
      )}
      {data !== undefined && (
        <span className="t3 s12 cut mp-extent" role={found === undefined ? undefined : 'status'}>
          {found !== undefined ? `${plural(found, 'node')} found` : extentOf(data)}
        </span>
      )}
      {long > 0 && !isTable && (
        <button type="button" className="mp-long s12" aria-pressed={showsLong} onClick={onLong}>
          {showsLong ? `fold ${long} long ones` : `${long} long ones folded`}
        </button>
      )}
      <span className="push row">
        <Segmented
          label="Numbers on the edges"
          value={unit}
          options={[
            { value: 'rate', label: 'Rate' },
            { value: 'errors', label: 'Errors' },
            { value: 'p95', label: 'p95' },
          ]}
          onChange={onUnit}
        />
        <button type="button" className="btn small" aria-pressed={isTable} onClick={onTable}>
          <Icon name="table" />
          Table
        </button>
      </span>
    </search>
  );
}

function extentOf({ graph, sampling, missingEdges }: ServiceMap): string {
  const peers = [...graph.nodes.values()].filter(({ isPeer }) => isPeer).length;
  return [
    plural(graph.nodes.size - peers, 'service'),
    ...(peers > 0 ? [plural(peers, 'peer')] : []),
    plural(graph.edges.length, 'edge'),
    ...(graph.leftOut > 0 ? [`${plural(graph.leftOut, 'node')} with fewer calls left out`] : []),
    ...(missingEdges > 0 ? [`${plural(missingEdges, 'edge')} with fewer calls left out`] : []),
    ...(sampling > 1 ? [`from 1 of ${sampling} traces`] : []),
  ].join(', ');
}
