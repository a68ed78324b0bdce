import { attributeField, writeCondition } from '../../data/conditions.ts';
import type { PageSearch } from '../../data/search.ts';
import type { CostRow } from './use-cost.ts';

/** Where the items of a row are shown. */
export interface ItemsLink {
  readonly to: '/traces' | '/logs' | '/metrics';
  readonly search: PageSearch;
}

/** Returns the view with the items that a row counts. Metrics are not shown by attribute. */
export function itemsLink(row: CostRow): ItemsLink | undefined {
  if (row.kind === 'attribute') {
    const where = [writeCondition(attributeField(row.attribute.key), 'exists', true)];
    return row.signal === 'metrics' ? undefined : { to: `/${row.signal}`, search: { where } };
  }
  const { signal, service, name, level } = row.sender;
  const ofService = writeCondition('service', '=', service);
  if (signal === 'metrics') return { to: '/metrics', search: { metric: name, where: [ofService] } };
  if (signal === 'traces') return { to: '/traces', search: { where: [ofService] } };
  const ofLevel = level === 'unspecified' ? 'severity = 0' : `severity = ${level}`;
  return { to: '/logs', search: { where: [ofService, ofLevel] } };
}
