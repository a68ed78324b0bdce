/** A value of a field: floats are numbers, integers with and without sign are bigints. */
export type FieldValue = number | bigint | string | boolean;

/** A point of the line protocol. */
export interface LinePoint {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, FieldValue>;
  /** In the unit of the request. */
  readonly time: bigint | undefined;
}

/** A line that is no point. */
interface InvalidLine {
  /** The start of the line. */
  readonly line: string;
  readonly reason: string;
}

/** The points of a text, and the lines that are none. */
export interface ParsedLines {
  readonly points: readonly LinePoint[];
  readonly invalid: readonly InvalidLine[];
}

/** Parses the line protocol of InfluxDB. A line that is no point does not affect the others. */
export function parseLines(text: string): ParsedLines {
  const points: LinePoint[] = [];
  const invalid: InvalidLine[] = [];
  for (const line of linesOf(text)) {
    try {
      points.push(new LineParser(line).parse());
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      invalid.push({ line: line.slice(0, MAX_SHOWN), reason: error.message });
    }
  }
  return { points, invalid };
}

const MAX_SHOWN = 80;

/** Splits a text into lines, without comments and empty ones. Texts between quotation marks can have line breaks. */
function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const end = endOfLine(text, start);
    const line = text.slice(start, text[end - 1] === '\r' ? end - 1 : end).trimStart();
    if (line !== '' && !line.startsWith('#')) yield line;
    start = end + 1;
  }
}

/** Only the value of a field begins with a quotation mark after an equals sign. */
function endOfLine(text: string, start: number): number {
  let isQuoted = false;
  const isComment = /^\s*#/.test(text.slice(start, start + 16));
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === LINE_FEED && !isQuoted) return at;
    if (isComment) continue;
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE && isQuoted) isQuoted = false;
    else if (code === QUOTE && text[at - 1] === '=') isQuoted = true;
  }
  // A text that does not end is one of its first line only.
  const lineFeed = isQuoted ? text.indexOf('\n', start) : -1;
  return lineFeed < 0 ? text.length : lineFeed;
}

const LINE_FEED = 10;
const QUOTE = 34;
const BACKSLASH = 92;

class LineError extends Error {}

/** Characters that a backslash escapes, by what a name is of. */
const ESCAPED = { measurement: ', ', key: ',= ' } as const;

class LineParser {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  parse(): LinePoint {
    const measurement = this.#name('measurement', ', ');
    if (measurement === '') throw new LineError('missing measurement');
    const tags = new Map<string, string>();
    while (this.#take(',')) {
      const key = this.#name('key', '=, ');
      if (key === '' || !this.#take('=')) throw new LineError('missing tag key or value');
      const value = this.#name('key', ', ');
      if (value === '') throw new LineError('missing tag value');
      tags.set(key, value);
    }
    this.#spaces();
    const fields = new Map<string, FieldValue>();
    do {
      const key = this.#name('key', '=, ');
      if (key === '' || !this.#take('=')) throw new LineError('missing fields');
      fields.set(key, this.#value(key));
    } while (this.#take(','));
    return { measurement, tags, fields, time: this.#time() };
  }

  #take(character: string): boolean {
    if (this.#line[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #spaces(): void {
    while (this.#take(' '));
  }

  /** Reads a name up to one of the characters. A backslash that escapes nothing stands for itself. */
  #name(kind: keyof typeof ESCAPED, ends: string): string {
    const line = this.#line;
    let name = '';
    let start = this.#at;
    for (; this.#at < line.length; this.#at++) {
      const character = line[this.#at] ?? '';
      if (ends.includes(character)) break;
      if (character !== '\\' || !ESCAPED[kind].includes(line[this.#at + 1] ?? '.')) continue;
      name += line.slice(start, this.#at);
      this.#at += 1;
      start = this.#at;
    }
    return name + line.slice(start, this.#at);
  }

  #value(key: string): FieldValue {
    if (this.#line[this.#at] === '"') return this.#text();
    const start = this.#at;
    while (this.#at < this.#line.length && !', '.includes(this.#line[this.#at] ?? '')) this.#at += 1;
    const value = parseValue(this.#line.slice(start, this.#at));
    if (value !== undefined) return value;
    throw new LineError(`invalid value of the field ${JSON.stringify(key.slice(0, MAX_SHOWN))}`);
  }

  #text(): string {
    const line = this.#line;
    let text = '';
    let start = this.#at + 1;
    for (let at = start; at < line.length; at++) {
      if (line[at] === '"') {
        this.#at = at + 1;
        return text + line.slice(start, at);
      }
      if (line[at] !== '\\' || !'"\\'.includes(line[at + 1] ?? '.')) continue;
      text += line.slice(start, at);
      at += 1;
      start = at;
    }
    throw new LineError('unbalanced quotes');
  }

  #time(): bigint | undefined {
    const rest = this.#line.slice(this.#at);
    const text = rest.trim();
    if (text === '') return undefined;
    if (!rest.startsWith(' ') || !/^-?\d{1,19}$/.test(text)) throw new LineError('bad timestamp');
    return BigInt(text);
  }
}

const MAX_INTEGER = 2n ** 63n;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['t', 'T', 'true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((text) => [text, false] as const),
]);

function parseValue(text: string): FieldValue | undefined {
  const [, digits, unit] = /^(-?\d{1,20})([iu])$/.exec(text) ?? [];
  if (digits !== undefined) {
    const value = BigInt(digits);
    const [from, to] = unit === 'u' ? [0n, 2n * MAX_INTEGER] : [-MAX_INTEGER, MAX_INTEGER];
    return value >= from && value < to ? value : undefined;
  }
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  return BOOLEANS.get(text);
}
