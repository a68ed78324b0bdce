/** Maximum size of an response in bytes of UTF-8, so that an agent can ask often. */
export const MAX_RESPONSE_BYTES = 4000;
/** Bytes reserved for the line that says what was left out. */
const REST_BYTES = 160;

/** A text of limited size, made of lines. Lines that do not fit are counted and left out. */
export class ResponseText {
  readonly #lines: string[] = [];
  #bytes = 0;
  #leftOut = 0;
  readonly #hint: string;

  /** `hint` says how to ask for what was left out. */
  constructor(hint: string) {
    this.#hint = hint;
  }

  /** Adds lines as long as they fit. Returns whether all of them did. */
  add(...lines: readonly string[]): boolean {
    for (const line of lines) {
      const bytes = Buffer.byteLength(line) + 1;
      if (this.#leftOut > 0 || this.#bytes + bytes > MAX_RESPONSE_BYTES - REST_BYTES) {
        this.#leftOut++;
        continue;
      }
      this.#lines.push(line);
      this.#bytes += bytes;
    }
    return this.#leftOut === 0;
  }

  /** Adds a table: a header and rows, with columns aligned. */
  table(header: readonly string[], rows: readonly (readonly string[])[]): boolean {
    const widths = header.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd();
    return this.add(line(header), ...rows.map(line));
  }

  toString(): string {
    const rest = this.#leftOut === 0 ? [] : [`… ${this.#leftOut} more lines left out; ${this.#hint}`];
    return [...this.#lines, ...rest].join('\n');
  }
}

/** Shortens a text to a number of characters and shows control characters as spaces. */
export function cut(text: string, length: number): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

/** Formats nanoseconds with three significant digits, such as `12.3 ms`. */
export function durationText(nanos: number): string {
  const units = [
    ['s', 1e9],
    ['ms', 1e6],
    ['µs', 1e3],
  ] as const;
  const [unit, size] = units.find(([, size]) => nanos >= size) ?? ['ns', 1];
  return `${Number((nanos / size).toPrecision(3))} ${unit}`;
}

/** Formats a number with three significant digits. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

/** Formats a share as a percentage. */
export function percentText(part: number, whole: number): string {
  return whole === 0 ? '-' : `${numberText((100 * part) / whole)} %`;
}

/** Formats milliseconds since the Unix epoch as an ISO time. */
export function timeText(millis: number): string {
  return new Date(millis).toISOString();
}

/** Formats a decimal string of nanoseconds since the Unix epoch as an ISO time with milliseconds. */
export function nanosTimeText(nanos: string): string {
  return timeText(Number(BigInt(nanos) / 1_000_000n));
}
