/** A value of a field: bigints are integers, numbers are floats. */
export type LineFieldValue = number | bigint | string;

/** A point of the line protocol. */
export interface LineToWrite {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, LineFieldValue>;
  readonly timeUnixNano: bigint;
}

const MAX_INTEGER = 2n ** 63n - 1n;

/** Writes a line with its line break; `undefined` if no field has a value that the protocol can represent. */
export function writeLine({ measurement, tags, fields, timeUnixNano }: LineToWrite): string | undefined {
  const values: string[] = [];
  for (const [key, value] of fields) {
    const text = valueText(value);
    if (key !== '' && text !== undefined && !tags.has(key)) values.push(`${escapeKey(key)}=${text}`);
  }
  if (values.length === 0) return undefined;
  const sorted = [...tags].filter(([key, value]) => key !== '' && escapeKey(value) !== '');
  // Servers index sorted tags faster.
  sorted.sort(([a], [b]) => (a < b ? -1 : 1));
  const tagText = sorted.map(([key, value]) => `,${escapeKey(key)}=${escapeKey(value)}`).join('');
  return `${escapeName(measurement, /[, ]/g)}${tagText} ${values.join(',')} ${timeUnixNano}\n`;
}

function valueText(value: LineFieldValue): string | undefined {
  if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
  if (typeof value === 'bigint') return value > MAX_INTEGER ? `${MAX_INTEGER}i` : `${value}i`;
  return Number.isFinite(value) ? String(value) : undefined;
}

function escapeKey(text: string): string {
  return escapeName(text, /[,= ]/g);
}

/** A name cannot have line breaks, nor end with a backslash, which would escape what follows. */
function escapeName(text: string, characters: RegExp): string {
  return text.replaceAll(/\s/g, ' ').replace(/\\+$/, '').replaceAll(characters, '\\$&');
}
