import { type ReactNode, useRef } from 'react';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
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
  useKeys(t('View'), [{ press: '/', does: t('find a service'), hint: t('find'), run: () => input.current?.focus() }]);
  return (
    <search className="mp-bar bb" aria-label={t('Map')}>
      <label className="field small mp-find">
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          aria-label={t('Find a service')}
          placeholder={t('Find a service')}
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
          <span className="t3 s12">{t('Focus')}</span>
          <span className="chip">
            <bdi className="cut">{selected.name}</bdi>
            <button
              type="button"
              aria-label={t('Remove focus {name}', { name: selected.name })}
              onClick={() => onSelect(undefined)}
            >
              <Icon name="close" />
            </button>
          </span>
          <Segmented
            label={t('Extent of the focus')}
            value={hops}
            options={[
              { value: '1', label: t('1 hop') },
              { value: '2', label: t('2 hops') },
              { value: 'up', label: t('all upstream') },
            ]}
            onChange={onHops}
          />
        </>
      )}
      {data !== undefined && (
        <span className="t3 s12 cut mp-extent" role={found === undefined ? undefined : 'status'}>
          {found !== undefined ? t('{nodes} found', { nodes: plural(found, 'node') }) : extentOf(data)}
        </span>
      )}
      {long > 0 && !isTable && (
        <button type="button" className="mp-long s12" aria-pressed={showsLong} onClick={onLong}>
          {showsLong
            ? t('fold {edges}', { edges: plural(long, 'long edge') })
            : t('{edges} folded', { edges: plural(long, 'long edge') })}
        </button>
      )}
      <span className="push row">
        <Segmented
          label={t('Numbers on the edges')}
          value={unit}
          options={[
            { value: 'rate', label: t('Rate') },
            { value: 'errors', label: t('Errors') },
            { value: 'p95', label: 'p95' },
          ]}
          onChange={onUnit}
        />
        <button type="button" className="btn small" aria-pressed={isTable} onClick={onTable}>
          <Icon name="table" />
          {t('Table')}
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
    ...(graph.leftOut > 0 ? [t('{nodes} with fewer calls left out', { nodes: plural(graph.leftOut, 'node') })] : []),
    ...(missingEdges > 0 ? [t('{nodes} with fewer calls left out', { nodes: plural(missingEdges, 'edge') })] : []),
    ...(sampling > 1 ? [t('from 1 of {sampling} traces', { sampling })] : []),
  ].join(', ');
}
