import { isUtf8 } from 'node:buffer';
import { canonicalBound } from './bound.ts';
import { type Exemplar, ExpositionError, type LabelPairs, type MetricType } from './exposition.ts';
import { parseNumber } from './number.ts';

const [TAB, NEWLINE, SPACE, QUOTE, HASH, COMMA] = [0x09, 0x0a, 0x20, 0x22, 0x23, 0x2c];
const [EQUAL, BACKSLASH, OPEN, CLOSE] = [0x3d, 0x5c, 0x7b, 0x7d];

/** Classes of bytes: 1 begins names, 2 is a digit, 4 is a colon, which only names of metrics have. */
const CLASSES = Uint8Array.from({ length: 256 }, (_, code) => {
  const text = String.fromCharCode(code);
  if (/[a-zA-Z_]/.test(text)) return 1;
  if (/[0-9]/.test(text)) return 2;
  return text === ':' ? 4 : 0;
});

/** The kinds of lines with contents. */
export type Entry = 'sample' | 'type' | 'help' | 'unit' | 'end';

/**
 * Reads a page in the Prometheus text format 0.0.4 or in OpenMetrics, line by line, with the grammar of Prometheus' own
 * parsers. Nothing is decoded that the caller does not ask for. Throws an `ExpositionError`.
 */
export class TextReader {
  /** Range of the name and labels of a sample. */
  seriesStart = 0;
  seriesEnd = 0;
  /** Range of the value of a sample. */
  valueStart = 0;
  valueEnd = 0;
  value = 0;
  timestampMillis: number | undefined;
  exemplar: Exemplar | undefined;
  /** Name of the family of a line with metadata. */
  family = '';
  /** Contents of a line with metadata. */
  text = '';
  readonly #bytes: Buffer;
  readonly #isOpenMetrics: boolean;
  readonly #length: number;
  #at = 0;
  #type: MetricType = 'unknown';
  /** Ranges of the name, and of the names and values of labels. */
  readonly #ranges: number[] = [];

  constructor(bytes: Buffer, isOpenMetrics: boolean) {
    this.#bytes = bytes;
    this.#isOpenMetrics = isOpenMetrics;
    this.#length = bytes.length;
  }

  /** Type of the last line with a type. */
  get type(): MetricType {
    return this.#type;
  }

  /** Reads the next line with contents. */
  next(): Entry {
    for (;;) {
      const entry = this.#isOpenMetrics ? this.#openMetricsLine() : this.#line();
      if (entry !== undefined) return entry;
    }
  }

  #line(): Entry | undefined {
    this.#skipSpace();
    if (this.#at >= this.#length || this.#peek() === 0) return 'end';
    switch (this.#peek()) {
      case HASH:
        return this.#comment();
      case NEWLINE:
        this.#at += 1;
        return undefined;
      default:
        return this.#sample();
    }
  }

  #openMetricsLine(): Entry {
    if (this.#at >= this.#length) throw this.#error('# EOF at the end');
    return this.#peek() === HASH ? this.#openMetricsComment() : this.#sample();
  }

  /** Returns the text of the name and labels of the sample, which identifies the series. */
  seriesKey(): string {
    return this.#bytes.toString('latin1', this.seriesStart, this.seriesEnd);
  }

  /** Decodes the name and labels of the sample. */
  identity(): { name: string; labels: LabelPairs } {
    const ranges = this.#ranges;
    const labels: [string, string][] = [];
    for (let index = 2; index < ranges.length; index += 4) {
      const name = this.#textOf(ranges[index] as number, ranges[index + 1] as number);
      labels.push([name, this.#labelValue(name, ranges[index + 2] as number, ranges[index + 3] as number)]);
    }
    return { name: this.#textOf(ranges[0] as number, ranges[1] as number), labels };
  }

  /** Bounds and quantiles are written in one form, so that a series does not depend on the library of the target. */
  #labelValue(name: string, start: number, end: number): string {
    const text = this.#textOf(start, end);
    const isBound = (name === 'le' && this.#type === 'histogram') || (name === 'quantile' && this.#type === 'summary');
    return isBound ? canonicalBound(text) : text;
  }

  #textOf(start: number, end: number): string {
    const text = this.#bytes.toString('utf8', start, end);
    return text.includes('\\') ? unescaped(text) : text;
  }

  #peek(): number {
    return this.#bytes[this.#at] ?? NEWLINE;
  }

  #skipSpace(): void {
    for (let code = this.#bytes[this.#at]; code === SPACE || code === TAB; code = this.#bytes[this.#at]) this.#at += 1;
  }

  #comment(): Entry | undefined {
    const start = this.#at;
    this.#at += 1;
    const before = this.#at;
    this.#skipSpace();
    const keyword = this.#bytes.toString('latin1', this.#at, this.#at + 4);
    const after = this.#bytes[this.#at + 4];
    if (this.#at === before || (keyword !== 'HELP' && keyword !== 'TYPE') || (after !== SPACE && after !== TAB)) {
      this.#at = this.#lineEnd(start) + 1;
      return undefined;
    }
    this.#at += 4;
    this.#skipSpace();
    this.#familyName();
    const end = this.#lineEnd(this.#at);
    this.text = this.#helpOf(Math.min(this.#at + 1, end), end);
    this.#at = end + 1;
    return keyword === 'HELP' ? 'help' : this.#typeEntry();
  }

  #openMetricsComment(): Entry {
    const keyword = this.#bytes.toString('latin1', this.#at, this.#at + 6);
    if (keyword === '# EOF\n' || (keyword === '# EOF' && this.#at + 5 === this.#length)) {
      if (this.#at + keyword.length !== this.#length) throw this.#error('nothing after # EOF');
      this.#at = this.#length;
      return 'end';
    }
    const kind = ENTRIES[keyword];
    if (kind === undefined || this.#bytes[this.#at + 6] !== SPACE) throw this.#error('HELP, TYPE, UNIT or EOF after #');
    this.#at += 7;
    this.#familyName();
    const end = this.#lineEnd(this.#at);
    if (this.#bytes[this.#at] !== SPACE || end >= this.#length) throw this.#error('a space and text after the name');
    this.text = this.#helpOf(this.#at + 1, end);
    const at = this.#at;
    this.#at = end + 1;
    if (kind === 'unit') this.#checkUnit(at);
    return kind === 'type' ? this.#typeEntry() : kind;
  }

  #checkUnit(at: number): void {
    if (this.text === '' || this.family.endsWith(`_${this.text}`)) return;
    this.#at = at;
    throw this.#error(`a unit that the name ends with, got ${JSON.stringify(this.text)}`);
  }

  #helpOf(start: number, end: number): string {
    const text = this.#bytes.toString('utf8', start, end);
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(start, end))) throw this.#error('UTF-8 text');
    if (!text.includes('\\')) return text;
    return this.#isOpenMetrics
      ? unescaped(text)
      : text.replace(/\\([\\n])/g, (_, one: string) => (one === 'n' ? '\n' : '\\'));
  }

  #typeEntry(): Entry {
    const types = this.#isOpenMetrics ? OPEN_METRICS_TYPES : TEXT_TYPES;
    const type = types[this.text];
    if (type === undefined) throw this.#error(`a metric type, got ${JSON.stringify(this.text)}`, -1);
    this.#type = type;
    return 'type';
  }

  #familyName(): void {
    const start = this.#at;
    const isQuoted = this.#peek() === QUOTE;
    if (isQuoted) this.#quoted();
    else this.#name(1 | 4);
    this.family = isQuoted
      ? this.#bytes.toString('utf8', start + 1, this.#at - 1)
      : this.#bytes.toString('latin1', start, this.#at);
  }

  #sample(): Entry {
    this.seriesStart = this.#at;
    this.exemplar = undefined;
    this.#ranges.length = 0;
    this.#ranges.push(-1, -1);
    if (this.#peek() !== OPEN) {
      this.#name(1 | 4);
      this.#ranges[0] = this.seriesStart;
      this.#ranges[1] = this.#at;
      this.seriesEnd = this.#at;
      if (!this.#isOpenMetrics) this.#skipSpace();
    }
    if (this.#peek() === OPEN) {
      this.#labels(this.#ranges, false);
      this.seriesEnd = this.#at;
    }
    if (this.#ranges[0] === -1) throw this.#error('a metric name');
    if (!this.#isOpenMetrics) this.#skipSpace();
    else this.#space();
    this.valueStart = this.#at;
    this.value = this.#number();
    this.valueEnd = this.#at;
    if (this.#isOpenMetrics) this.#openMetricsRest();
    else this.#rest();
    return 'sample';
  }

  /** Reads an integer timestamp and the end of the line. */
  #rest(): void {
    this.#skipSpace();
    this.timestampMillis = undefined;
    if (this.#peek() !== NEWLINE) {
      const start = this.#at;
      while (CLASSES[this.#bytes[this.#at] ?? 0] === 2) this.#at += 1;
      if (this.#at === start) throw this.#error('a timestamp or the end of the line');
      this.timestampMillis = Number(this.#bytes.toString('latin1', start, this.#at));
      if (this.timestampMillis > 2 ** 63) throw this.#error('a timestamp of at most 64 bits');
      this.#skipSpace();
    }
    this.#newline();
  }

  #openMetricsRest(): void {
    this.timestampMillis = undefined;
    if (this.#peek() === SPACE && this.#bytes[this.#at + 1] !== HASH) {
      this.#at += 1;
      this.timestampMillis = this.#seconds();
    }
    if (this.#peek() === SPACE) this.#readExemplar();
    this.#newline();
  }

  #readExemplar(): void {
    if (this.#bytes.toString('latin1', this.#at, this.#at + 4) !== ' # {')
      throw this.#error('an exemplar or the end of the line');
    this.#at += 3;
    const ranges: number[] = [];
    this.#labels(ranges, true);
    this.#space();
    const value = this.#number();
    let timestampMillis: number | undefined;
    if (this.#peek() === SPACE) {
      this.#at += 1;
      timestampMillis = this.#seconds();
    }
    const labels: [string, string][] = [];
    for (let index = 0; index < ranges.length; index += 4) {
      const text = (at: number) => this.#bytes.toString('utf8', ranges[at] as number, ranges[at + 1] as number);
      labels.push([text(index), text(index + 2)]);
    }
    this.exemplar = { labels, value, timestampMillis };
  }

  #seconds(): number {
    const value = this.#number();
    if (!Number.isFinite(value)) throw this.#error('a finite timestamp');
    return Math.trunc(value * 1000);
  }

  #newline(): void {
    if (this.#at >= this.#length && !this.#isOpenMetrics) return;
    if (this.#bytes[this.#at] !== NEWLINE) throw this.#error('the end of the line');
    this.#at += 1;
  }

  #space(): void {
    if (this.#bytes[this.#at] !== SPACE) throw this.#error('a space and a value');
    this.#at += 1;
  }

  #number(): number {
    const start = this.#at;
    let code = this.#bytes[this.#at];
    while (code !== undefined && code !== SPACE && code !== NEWLINE && (code !== TAB || this.#isOpenMetrics)) {
      this.#at += 1;
      code = this.#bytes[this.#at];
    }
    const value = parseNumber(this.#bytes, start, this.#at);
    if (value === undefined) {
      const text = this.#bytes.toString('utf8', start, this.#at);
      this.#at = start;
      throw this.#error(`a number, got ${JSON.stringify(text)}`);
    }
    return value;
  }

  /** Reads a name whose first byte is of one of the classes. */
  #name(first: number): void {
    if (((CLASSES[this.#bytes[this.#at] ?? 0] as number) & first) === 0) throw this.#error('a name');
    const all = first | 2;
    do this.#at += 1;
    while (((CLASSES[this.#bytes[this.#at] ?? 0] as number) & all) !== 0);
  }

  /** Reads a quoted text. */
  #quoted(): void {
    const start = this.#at;
    let isAscii = true;
    this.#at += 1;
    for (;;) {
      const code = this.#bytes[this.#at];
      if (code === undefined || (code === NEWLINE && this.#isOpenMetrics)) throw this.#error('a closing quote');
      if (code === QUOTE) break;
      if (code === BACKSLASH) this.#at += 1;
      if (code > 127) isAscii = false;
      this.#at += 1;
    }
    this.#at += 1;
    if (!isAscii && !isUtf8(this.#bytes.subarray(start, this.#at))) throw this.#error('UTF-8 text');
  }

  /** Reads labels in braces. A quoted text without a value is the name of the metric. */
  #labels(ranges: number[], isExemplar: boolean): void {
    this.#at += 1;
    for (;;) {
      this.#optionalSpace();
      if (this.#peek() === CLOSE) break;
      let [start, end] = [this.#at, 0];
      const isQuoted = this.#peek() === QUOTE;
      if (isQuoted) this.#quoted();
      else this.#name(1);
      end = this.#at;
      if (isQuoted) [start, end] = [start + 1, end - 1];
      this.#optionalSpace();
      if (this.#peek() === EQUAL) {
        this.#at += 1;
        this.#optionalSpace();
        if (this.#peek() !== QUOTE) throw this.#error('a quoted label value');
        const valueStart = this.#at + 1;
        this.#quoted();
        ranges.push(start, end, valueStart, this.#at - 1);
      } else {
        if (!isQuoted || isExemplar) throw this.#error('= after the name of a label');
        if (ranges[0] !== -1) throw this.#error('one metric name, got two');
        ranges[0] = start;
        ranges[1] = end;
      }
      this.#optionalSpace();
      if (this.#peek() === COMMA) this.#at += 1;
      else if (this.#peek() !== CLOSE && this.#isOpenMetrics) throw this.#error(', or } after a label');
    }
    this.#at += 1;
  }

  #optionalSpace(): void {
    if (!this.#isOpenMetrics) this.#skipSpace();
  }

  #lineEnd(from: number): number {
    const end = this.#bytes.indexOf(NEWLINE, from);
    return end < 0 ? this.#length : end;
  }

  #error(expected: string, shift = 0): ExpositionError {
    const at = Math.min(this.#at, this.#length) + shift;
    let line = 1;
    for (let index = 0; index < at; index++) if (this.#bytes[index] === NEWLINE) line += 1;
    const start = this.#bytes.lastIndexOf(NEWLINE, at - 1) + 1;
    const text = this.#bytes.toString('utf8', start, Math.min(this.#lineEnd(start), start + 120));
    return new ExpositionError(`line ${line}: expected ${expected} in ${JSON.stringify(text)}`);
  }
}

const ENTRIES: Readonly<Record<string, Entry>> = { '# HELP': 'help', '# TYPE': 'type', '# UNIT': 'unit' };

const TEXT_TYPES: Readonly<Record<string, MetricType>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  untyped: 'unknown',
};

const OPEN_METRICS_TYPES: Readonly<Record<string, MetricType>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  gaugehistogram: 'gaugehistogram',
  summary: 'summary',
  info: 'info',
  stateset: 'stateset',
  unknown: 'unknown',
};

function unescaped(text: string): string {
  return text.replace(/\\(["\\n])/g, (_, one: string) => (one === 'n' ? '\n' : one));
}
