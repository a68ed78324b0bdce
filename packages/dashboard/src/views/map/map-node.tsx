import type { ReactNode } from 'react';
import { formatPercent } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { ServiceMark } from '../../parts/service-mark.tsx';
import type { MapNode } from './graph.ts';
import type { PlacedNode } from './layout/placed.ts';
import { failureClass, shareOf, shortRate } from './numbers.ts';

/** A service or peer on the map with its calls, errors and 95th percentile. */
export function MapNodeButton({
  place,
  node,
  seconds,
  isDense,
  state,
  isSelected,
  isTabStop,
  onSelect,
  onOpen,
  onFocus,
}: {
  readonly place: PlacedNode;
  readonly node: MapNode;
  readonly seconds: number;
  readonly isDense: boolean;
  readonly state: 'full' | 'off' | '';
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
  readonly onSelect: () => void;
  readonly onOpen: () => void;
  readonly onFocus: () => void;
}): ReactNode {
  const share = shareOf(node);
  const rate = `${shortRate(node.calls / seconds)}/s`;
  const errors = node.errors > 0 ? `${formatPercent(share)} %` : '';
  const p95 = node.p95 === undefined ? '' : formatDuration(node.p95);
  return (
    <button
      type="button"
      data-node={node.id}
      className={`mp-node ${state} ${node.isPeer ? 'peer' : ''} ${isDense ? 'dense' : ''} ${isSelected ? 'on' : ''}`}
      style={{ left: place.x, top: place.y, width: place.width, height: place.height }}
      tabIndex={isTabStop ? 0 : -1}
      aria-pressed={isSelected}
      title={node.name}
      onClick={(event) => {
        // The second click of a double click opens the node.
        if (event.detail < 2) onSelect();
      }}
      onFocus={(event) => {
        // A press must not move what is under the pointer.
        if (event.currentTarget.matches(':focus-visible')) onFocus();
      }}
      onDoubleClick={onOpen}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        onOpen();
      }}
    >
      <span className="nm">
        <ServiceMark service={node.name} hollow={node.isPeer} />
        <bdi className="cut">{node.name}</bdi>
        {node.isPeer && <span className="unseen">{t('seen from its callers only')}</span>}
        {isDense && <span className={`push s11 ${failureClass(node)}`}>{rate}</span>}
      </span>
      <span className={isDense ? 'unseen' : 'red'}>
        {!isDense && <span>{rate}</span>}
        <span className={failureClass(node)}>
          {errors}
          {errors !== '' && <span className="unseen"> {t('errors')}</span>}
        </span>
        <span>
          {p95}
          {p95 !== '' && <span className="unseen"> p95</span>}
        </span>
      </span>
    </button>
  );
}
