import { parseNumberText } from '../prometheus/parse/number.ts';

/** Types of values in lines, by their letters. */
const TYPES = {
  c: 'counter',
  g: 'gauge',
  h: 'histogram',
  ms: 'timing',
  d: 'distribution',
  s: 'set',
} as const;

/** A type of values. */
export type StatsdType = (typeof TYPES)[keyof typeof TYPES];

/** A line with the values of a metric. */
export interface StatsdLine {
  readonly name: string;
  readonly type: StatsdType;
  readonly values: readonly StatsdValue[];
  /** Tags by key; the last value of a key counts. */
  readonly tags: ReadonlyMap<string, string>;
  /** Share of the events that are sent, above 0 and below 1; otherwise 1. */
  readonly sampleRate: number;
  /** Time of a counter in nanoseconds since the epoch; 0 if it has none. */
  readonly timeUnixNano: bigint;
}

/** A value of a line. */
export interface StatsdValue {
  readonly text: string;
  /** 0 in a set. */
  readonly number: number;
  /** Whether it has a sign, which changes a gauge by the number. */
  readonly isChange: boolean;
}

/** Options for `parseLine`. */
export interface LineOptions {
  readonly enableSimpleTags: boolean;
}

/**
 * Parses a line such as `page.views:1|c|@0.1|#env:prod`, or returns why it cannot be parsed. Several values may be separated
 * by colons (DogStatsD 1.1), and `c:` and `T` are a container ID and a time (1.2, 1.3).
 */
export function parseLine(line: string, { enableSimpleTags }: LineOptions): StatsdLine | string {
  const parts = line.split('|');
  const [head = '', letters] = parts;
  if (letters === undefined) return 'expected <name>:<value>|<type>';
  const colon = head.indexOf(':');
  if (colon < 0) return 'expected <name>:<value>';
  if (colon === 0) return 'expected a name before the colon';
  if (!Object.hasOwn(TYPES, letters)) return `expected the type c, g, h, ms, d or s, got ${shown(letters)}`;
  const type = TYPES[letters as keyof typeof TYPES];
  const extra = parseParts(parts, type, enableSimpleTags);
  if (typeof extra === 'string') return extra;
  const values = parseValues(head.slice(colon + 1), type);
  if (typeof values === 'string') return values;
  const { tags, sampleRate, timeUnixNano } = extra;
  return { name: head.slice(0, colon), type, values, tags, sampleRate, timeUnixNano };
}

type LineParts = Pick<StatsdLine, 'tags' | 'sampleRate' | 'timeUnixNano'>;

/** What the parts of a line say that have been read. */
interface PartsDraft {
  readonly type: StatsdType;
  readonly enableSimpleTags: boolean;
  readonly tags: Map<string, string>;
  sampleRate: number;
  timeUnixNano: bigint;
}

function parseParts(parts: readonly string[], type: StatsdType, enableSimpleTags: boolean): LineParts | string {
  const draft: PartsDraft = { type, enableSimpleTags, tags: new Map(), sampleRate: 1, timeUnixNano: 0n };
  for (const part of parts.slice(2)) {
    // As in the Collector, what follows an empty part is not read.
    if (part === '') break;
    const error = parsePart(part, draft);
    if (error !== undefined) return error;
  }
  return draft;
}

/** Reads a part, or returns why it cannot be read. */
function parsePart(part: string, draft: PartsDraft): string | undefined {
  if (part.startsWith('@')) return parseSampleRate(part, draft);
  if (part.startsWith('#')) return parseTags(part.slice(1), draft);
  if (part.startsWith('T')) return parseTime(part, draft);
  if (!part.startsWith('c:')) return `expected @, #, c: or T, got ${shown(part)}`;
  if (part.length > 2) draft.tags.set('container.id', part.slice(2));
  return undefined;
}

function parseSampleRate(part: string, draft: PartsDraft): string | undefined {
  const rate = parseGoFloat(part.slice(1));
  if (rate === undefined) return `expected a sample rate, got ${shown(part)}`;
  draft.sampleRate = rate > 0 && rate < 1 ? rate : 1;
  return undefined;
}

function parseTime(part: string, draft: PartsDraft): string | undefined {
  if (draft.type !== 'counter' && draft.type !== 'gauge')
    return `expected a time only in counters and gauges, got ${shown(part)}`;
  if (!/^T\d{1,20}$/.test(part) || BigInt(part.slice(1)) > MAX_UINT64) return `expected seconds, got ${shown(part)}`;
  draft.timeUnixNano = BigInt.asUintN(64, BigInt(part.slice(1)) * 1_000_000_000n);
  return undefined;
}

const MAX_UINT64 = 2n ** 64n - 1n;

function parseTags(text: string, { tags, enableSimpleTags }: PartsDraft): string | undefined {
  for (const tag of text.split(',')) {
    if (tag === '') continue;
    const colon = tag.indexOf(':');
    const key = colon < 0 ? tag : tag.slice(0, colon);
    const value = colon < 0 ? '' : tag.slice(colon + 1);
    if (key === '') return `expected a tag such as key:value, got ${shown(tag)}`;
    if (value === '' && !enableSimpleTags)
      return `expected a tag such as key:value, or enable_simple_tags, got ${shown(tag)}`;
    tags.set(key, value);
  }
  return undefined;
}

function parseValues(text: string, type: StatsdType): readonly StatsdValue[] | string {
  if (text === '') return 'expected a value after the colon';
  if (type === 'set') return [{ text, number: 0, isChange: false }];
  const values: StatsdValue[] = [];
  for (const one of text.includes(':') ? text.split(':') : [text]) {
    const number = parseGoFloat(one);
    if (number === undefined || !Number.isFinite(number)) return `expected a finite number, got ${shown(one)}`;
    values.push({ text: one, number, isChange: one.startsWith('+') || one.startsWith('-') });
  }
  return values;
}

const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d{1,5})$/i;

/** Parses a number as Go's `strconv.ParseFloat` does, underscores between digits and hexadecimal numbers included. */
function parseGoFloat(text: string): number | undefined {
  const number = parseNumberText(text);
  if (number !== undefined || text === '') return number;
  if (/[0-9a-f]_[0-9a-f]|0x_/i.test(text) && !/__|_$|^[+-]?_|[^0-9a-fx]_|_[^0-9a-f]/i.test(text))
    return parseGoFloat(text.replaceAll('_', ''));
  const match = HEXADECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  // More digits would need correct rounding, which senders of hexadecimal numbers do not need.
  if (digits === '' || digits.length > 13) return undefined;
  const value = Number.parseInt(digits, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
  if (!Number.isFinite(value)) return undefined;
  return sign === '-' ? -value : value;
}

const MAX_SHOWN = 60;

function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
