import type { Reducer, TableRows } from '../../model/board.ts';
import { type Fields, numberOf, objectOf, objectsOf, textOf } from './fields.ts';

/** Names of Grafana's calculations. */
const CALCULATIONS: ReadonlyMap<string, Reducer | 'count'> = new Map<string, Reducer | 'count'>([
  ...(['last', 'lastNotNull'] as const).map((name): [string, Reducer] => [name, 'last']),
  ...(['mean', 'min', 'max', 'sum'] as const).map((name): [string, Reducer] => [name, name]),
  ['count', 'count'],
]);

/** What one of Grafana's transformations does to the rows of a table, or `undefined` if it does nothing to rows. */
export function rowsOf({ id, options }: Fields, columnOf: (name: string) => string): TableRows | undefined {
  const fields = objectOf(options);
  switch (id) {
    case 'limit': {
      const limit = numberOf(fields['limitField']) ?? 10;
      return Number.isInteger(limit) && limit > 0 ? { limit: Math.min(limit, 10_000) } : undefined;
    }
    case 'sortBy': {
      const [first] = objectsOf(fields['sort']);
      const column = columnOf(textOf(first?.['field']));
      return column === '' ? undefined : { sort: { column, descending: first?.['desc'] === true } };
    }
    case 'groupBy':
      return groupOf(objectOf(fields['fields']), columnOf);
    default:
      return undefined;
  }
}

function groupOf(fields: Fields, columnOf: (name: string) => string): TableRows | undefined {
  const all = Object.entries(fields).map(([name, value]) => ({ column: columnOf(name), ...objectOf(value) }) as Fields);
  const by = all.filter(({ operation }) => operation === 'groupby').map(({ column }) => textOf(column));
  const values = all
    .filter(({ operation }) => operation === 'aggregate')
    .map(({ column, aggregations }) => ({
      column: textOf(column),
      reduce: CALCULATIONS.get(textOf([aggregations].flat()[0])),
    }));
  const known = values.flatMap(({ column, reduce }) => (reduce === undefined ? [] : [{ column, reduce }]));
  return by.length === 0 || known.length < values.length ? undefined : { group: { by, values: known } };
}
