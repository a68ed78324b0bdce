import { ATTRIBUTES_MAP, attributeColumn } from '../schema.ts';
import type { Files } from './files.ts';
import { quoteName, quoteText } from './quote.ts';

/**
 * The text of an attribute as `attributes->>'key'` gives it, null where it is absent. For views, which cannot have
 * parameters: the key becomes part of the statement, as a quoted literal.
 */
export function attributeText(key: string, files: Files): string {
  const texts = (files.promoted.get(key) ?? []).map((type) => {
    const column = quoteName(attributeColumn(key, type));
    return type === 's' ? column : `to_json(${column})::VARCHAR`;
  });
  if (files.mayBeInMap(key)) {
    texts.push(`json_extract_string(map_extract_value(${ATTRIBUTES_MAP}, ${quoteText(key)}), '$')`);
  }
  if (texts.length === 0) return 'NULL::VARCHAR';
  return texts.length === 1 ? (texts[0] ?? '') : `coalesce(${texts.join(', ')})`;
}

/** Whether a key can stand in the text of a statement: SQL's text ends at a NUL. */
export function isPlainKey(key: string): boolean {
  return !key.includes('\0');
}
