import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { attributeField, writeCondition } from '../../../data/conditions.ts';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import type { MapEdge } from '../graph.ts';

/** Returns the conditions that find an edge's calls: the spans of the called, or those of the caller for a peer. */
export function conditionsOf({ caller, called, peerAttribute }: MapEdge): readonly string[] {
  if (peerAttribute === undefined) return [writeCondition('service', '=', called)];
  return [writeCondition('service', '=', caller), writeCondition(attributeField(peerAttribute), '=', called)];
}

/** Links to the traces of a service or call. */
export function TraceLinks({
  conditions,
  failing,
}: {
  readonly conditions: readonly string[];
  readonly failing: boolean;
}): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <div className="row bt mp-links">
      <Link to="/traces" search={{ ...time, where: conditions }} className="btn small">
        <Icon name="traces" />
        {t('Traces')}
        <kbd>T</kbd>
      </Link>
      {failing && (
        <Link to="/traces" search={{ ...time, where: [...conditions, 'status = error'] }} className="btn small">
          {t('Failed traces')}
        </Link>
      )}
    </div>
  );
}
