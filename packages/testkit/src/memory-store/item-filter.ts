import type { ItemFilter } from '@otelier/store';
import { fieldValue, matcher, type Subject } from './conditions.ts';

/** Compiles a filter to a predicate. A condition on a list always holds. */
export function compileFilter(filter: ItemFilter): (row: Subject) => boolean {
  switch (filter.kind) {
    case 'condition': {
      const { field } = filter.condition;
      const holds = matcher([filter.condition]);
      return (row) => Array.isArray(fieldValue(row, field)) || holds(row);
    }
    case 'not': {
      const test = compileFilter(filter.filter);
      return (row) => !test(row);
    }
    case 'all': {
      const tests = filter.filters.map(compileFilter);
      return (row) => tests.every((test) => test(row));
    }
    case 'any': {
      const tests = filter.filters.map(compileFilter);
      return (row) => tests.some((test) => test(row));
    }
  }
}
