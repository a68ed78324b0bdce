import type { JsonAttributes } from '@otelier/query';

/** Number of columns up to which the rows are readable. */
export const MAX_COLUMNS = 6;

/** Adds a column, or removes it. `undefined` if none is left. */
export function toggleColumn(columns: readonly string[], column: string): readonly string[] | undefined {
  const next = columns.includes(column) ? columns.filter((one) => one !== column) : [...columns, column];
  return next.length === 0 ? undefined : next.slice(-MAX_COLUMNS);
}

/** Returns the key of a column's attribute. */
export function columnName(column: string): string {
  return column.replace(/^(?:attributes|resource)\./, '');
}

/** Returns the text of an attribute in a column: empty if there is none. */
export function columnText(
  {
    attributes,
    resourceAttributes,
  }: { readonly attributes: JsonAttributes; readonly resourceAttributes: JsonAttributes },
  column: string,
): string {
  const values = column.startsWith('resource.') ? resourceAttributes : attributes;
  const key = columnName(column);
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
