import type { PostgresqlConnection } from '../postgresql/connection.ts';

/** A row whose values are texts, by column. Columns with NULL are missing. */
export type TextRow = ReadonlyMap<string, string>;

/** OIDs of types whose text differs from that of the Collector. */
const BOOLEAN = 16;
const TIMES: ReadonlySet<number> = new Set([1082, 1114, 1184]);

/** Runs a statement, and returns the rows as texts in the forms of the Collector. */
export async function queryTexts(
  connection: PostgresqlConnection,
  sql: string,
  parameters: readonly string[],
): Promise<readonly TextRow[]> {
  const rows = await connection.query(sql, parameters, textOf);
  return rows.map((row) => {
    const values = Object.entries(row).filter(([, value]) => value !== null);
    return new Map(values.map(([name, value]) => [name, String(value)]));
  });
}

function textOf(type: number, text: string): string {
  if (type === BOOLEAN) return text === 't' ? 'true' : 'false';
  if (!TIMES.has(type)) return text;
  // Times have no fractions of seconds, as in RFC 3339 of Go, and UTC if they have no zone.
  const [, date = text, time = '00:00:00', zone] =
    /^(\d{4,}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(?:\.\d+)?([+-]\d\d(?::\d\d)?)?)?$/.exec(text) ?? [];
  if (date === text && !/^\d{4,}-\d\d-\d\d$/.test(text)) return text;
  const offset = zone === undefined || /^[+-]00(?::00)?$/.test(zone) ? 'Z' : zone.length === 3 ? `${zone}:00` : zone;
  return `${date}T${time}${offset}`;
}
