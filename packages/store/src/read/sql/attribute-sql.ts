import { ATTRIBUTES_MAP, type AttributeType, attributeColumn } from '../../schema.ts';
import type { Files } from '../shared/files.ts';
import { quoteName, quoteText } from '../shared/quote.ts';

/**
 * Returns SQL for an attribute's value as `attributes->>'key'` returns it, or null if it is missing. For views, which
 * cannot have parameters: the key is embedded as a quoted literal.
 */
export function attributeText(key: string, files: Files): string {
  const texts = (files.promoted.get(key) ?? []).map((type) => {
    const column = quoteName(attributeColumn(key, type));
    if (type === 'd') return doubleText(column);
    return type === 's' ? column : `to_json(${column})::VARCHAR`;
  });
  if (files.mayBeInMap(key)) {
    texts.push(`json_extract_string(map_extract_value(${ATTRIBUTES_MAP}, ${quoteText(key)}), '$')`);
  }
  if (texts.length === 0) return 'NULL::VARCHAR';
  return texts.length === 1 ? (texts[0] ?? '') : `coalesce(${texts.join(', ')})`;
}

/** Returns SQL for a promoted attribute encoded as JSON. */
export function promotedJson(column: string, type: AttributeType): string {
  if (type !== 'd') return `to_json(${column})::VARCHAR`;
  return `CASE WHEN isfinite(${column}) THEN to_json(${column})::VARCHAR ELSE '"' || ${doubleText(column)} || '"' END`;
}

/** Returns SQL that formats a double, with non-finite numbers as in OTLP/JSON. */
function doubleText(column: string): string {
  return (
    `CASE WHEN isfinite(${column}) THEN to_json(${column})::VARCHAR WHEN isnan(${column}) THEN 'NaN' ` +
    `WHEN ${column} > 0 THEN 'Infinity' WHEN ${column} < 0 THEN '-Infinity' END`
  );
}
