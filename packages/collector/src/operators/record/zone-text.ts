/** An offset from UTC in a text. */
interface OffsetText {
  readonly seconds: number;
  readonly length: number;
}

/** Parts of the pattern of an offset such as `Z07:00`, by the digits of the layout. */
const OFFSET_PATTERNS = new Map(
  ['07', '0700', '07:00', '070000', '07:00:00'].map((digits) => [
    digits,
    new RegExp(`([+-])${digits.replace(/\d\d/g, '(\\d\\d)')}`, 'y'),
  ]),
);

/** Reads an offset in a format of Go's package `time`; formats with `Z` accept `Z` for UTC. */
export function readOffset(text: string, at: number, format: string): OffsetText | undefined {
  if (format.startsWith('Z') && text[at] === 'Z') return { seconds: 0, length: 1 };
  const pattern = OFFSET_PATTERNS.get(format.slice(1));
  if (pattern === undefined) return undefined;
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [whole, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  // Go rejects hours above 24 and minutes and seconds above 60.
  if (Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) return undefined;
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return { seconds: sign === '-' ? -total : total, length: whole.length };
}

const ABBREVIATION = /ChST|MeST|GMT(?:[+-]\d{1,2})?|[+-]\d{2}(?:\d{2})?|[A-Z]{3,6}/y;

/** Returns the length of the time zone abbreviation at a position; 0 if there is none. */
export function zoneNameLength(text: string, at: number): number {
  if (text.startsWith('UTC', at)) return 3;
  ABBREVIATION.lastIndex = at;
  const name = ABBREVIATION.exec(text)?.[0] ?? '';
  if (!/^[A-Z]+$/.test(name) || name === 'GMT') return name.length;
  if (name.length === 5 || (name.length === 4 && name !== 'WITA')) return name.endsWith('T') ? name.length : 0;
  return name.length === 6 ? 0 : name.length;
}

/** Returns the offset that an abbreviation such as `GMT+3` or `+03` has by itself, in seconds. */
export function offsetOfName(name: string): number | undefined {
  const hours = /^(?:GMT)?([+-]\d{1,2})/.exec(name)?.[1];
  return hours === undefined ? undefined : Number(hours) * 3600;
}
