import type { Condition } from '../../contract.ts';
import type { ItemFilter } from '../../items.ts';
import { compileConditions, type Scope } from './conditions.ts';
import { fieldPlaces } from './fields.ts';

/**
 * Compiles a filter to SQL. A condition on a missing field does not hold, and one on a list always does, because callers
 * compare its elements.
 */
export function compileFilter(filter: ItemFilter, scope: Scope): string {
  switch (filter.kind) {
    case 'condition':
      return `coalesce(${compileConditions([filter.condition], scope).join('')}${orList(filter.condition, scope)}, false)`;
    case 'all':
      return joined(filter.filters, 'AND', 'true', scope);
    case 'any':
      return joined(filter.filters, 'OR', 'false', scope);
    case 'not':
      return `NOT ${compileFilter(filter.filter, scope)}`;
  }
}

function joined(filters: readonly ItemFilter[], operator: string, empty: string, scope: Scope): string {
  if (filters.length === 0) return empty;
  return `(${filters.map((filter) => compileFilter(filter, scope)).join(` ${operator} `)})`;
}

/** Lists are stored as JSON. */
function orList({ field, op }: Condition, { signal, files, parameters }: Scope): string {
  if (op === 'exists') return '';
  const places = fieldPlaces(field, signal, files, parameters).filter(({ type }) => type === 'json');
  return places.map(({ expression }) => ` OR starts_with(${expression}, '[')`).join('');
}
