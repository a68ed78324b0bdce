import type { Cell } from '../parquet/read/cell.ts';
import { ATTRIBUTES_MAP, parseAttributeColumn } from '../schema.ts';
import { resourceValue } from './resource-values.ts';
import type { ScanCondition } from './scan-filter.ts';
import { doubleText, type NumberTest, type ValueTests } from './value-tests.ts';

/** Reports whether a row, keyed by column name, satisfies conditions. It must have the columns of `columnsOf`. */
export function matchesRow(row: Readonly<Record<string, unknown>>, conditions: readonly ScanCondition[]): boolean {
  return conditions.every((condition) => [condition, ...condition.or].some((one) => matches(row, one)));
}

function matches(row: Readonly<Record<string, unknown>>, { places, tests }: ScanCondition): boolean {
  switch (places.kind) {
    case 'column':
      return cellMatches(cellOf(row, places.name) ?? places.missing ?? null, tests);
    case 'attribute': {
      if (places.columns.some((name) => cellMatches(cellOf(row, name), tests))) return true;
      const map = cellOf(row, ATTRIBUTES_MAP);
      const json = map instanceof Map ? map.get(places.key) : undefined;
      return json !== undefined && tests.json(json);
    }
    case 'texts': {
      const isText = (name: string): boolean =>
        places.columns.includes(name) || parseAttributeColumn(name) !== undefined;
      if (Object.keys(row).some((name) => isText(name) && cellMatches(cellOf(row, name), tests))) return true;
      const map = cellOf(row, ATTRIBUTES_MAP);
      return map instanceof Map && map.values().some((json: string) => tests.json(json));
    }
    case 'resource': {
      const text = cellOf(row, 'resource_attributes');
      const json = typeof text === 'string' ? resourceValue(text, places.key) : undefined;
      return json !== undefined && tests.json(json);
    }
  }
}

function cellOf(row: Readonly<Record<string, unknown>>, name: string): Cell {
  return (row[name] as Cell | undefined) ?? null;
}

function cellMatches(cell: Cell, tests: ValueTests): boolean {
  switch (typeof cell) {
    case 'string': {
      const bytes = Buffer.from(cell);
      return tests.text(bytes, 0, bytes.length);
    }
    case 'bigint':
      return numberMatches(tests.integer, Number(cell), () => cell.toString());
    case 'number':
      return numberMatches(tests.double, cell, () => doubleText(cell));
    case 'boolean':
      return tests.boolean(cell);
    default:
      return false;
  }
}

function numberMatches({ kind, test }: NumberTest, value: number, text: () => string): boolean {
  return kind === 'number' ? test(value) : test(text());
}
