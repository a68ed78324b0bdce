import { MONTHS, WEEKDAYS } from '../../ottl/functions/time/format-time.ts';
import { daysOf } from '../../ottl/values/time.ts';
import type { LayoutElement, NumberPart } from './layout.ts';
import { readOffset, zoneNameLength } from './zone-text.ts';

/** A parsed time. The zone is given by an offset or a name, or missing. */
export interface ParsedTime {
  /** Seconds since the epoch in the local time that the text has; the year is 0 if it is missing. */
  readonly localSecondsIn: (year: number) => number;
  readonly year: number;
  readonly nanosecond: number;
  /** Where the digits of `nanosecond` are in the text; `undefined` if they are not in one place, or more than nine. */
  readonly fraction: { readonly start: number; readonly end: number } | undefined;
  /** Offset of the zone in seconds; `undefined` without one. */
  readonly offsetSeconds: number | undefined;
  /** Abbreviation of the zone; empty without one. */
  readonly zoneName: string;
}

const SPACE = 32;
const RANGES: Readonly<Record<NumberPart, readonly [number, number]>> = {
  month: [1, 12],
  day: [1, 31],
  hour: [0, 23],
  hour12: [0, 12],
  minute: [0, 59],
  second: [0, 59],
  yearDay: [1, 366],
};

/** Parses times of one layout, with the rules of Go's package `time`. */
export class LayoutParser {
  readonly #elements: readonly LayoutElement[];
  #text = '';
  #at = 0;
  #year = 0;
  #parts: Record<NumberPart, number> = emptyParts();
  #isPm: boolean | undefined;
  #nanosecond = 0;
  #fractionStart = 0;
  #fractionEnd = 0;
  #fractions = 0;
  #offset: number | undefined;
  #zoneName = '';

  constructor(elements: readonly LayoutElement[]) {
    this.#elements = elements;
  }

  /** Returns the time, or `undefined` if the text does not have the layout. */
  parse(text: string): ParsedTime | undefined {
    this.#text = text;
    this.#at = 0;
    this.#year = 0;
    this.#parts = emptyParts();
    this.#isPm = undefined;
    this.#nanosecond = 0;
    this.#fractionStart = text.length;
    this.#fractionEnd = text.length;
    this.#fractions = 0;
    this.#offset = undefined;
    this.#zoneName = '';
    const elements = this.#elements;
    for (let index = 0; index < elements.length; index++)
      if (!this.#element(elements[index] as LayoutElement, elements[index + 1])) return undefined;
    if (this.#at < text.length) return undefined;
    return this.#result();
  }

  #element(element: LayoutElement, next: LayoutElement | undefined): boolean {
    switch (element.kind) {
      case 'text':
        return this.#literal(element.text);
      case 'number':
        return this.#numberPart(element) && (element.part !== 'second' || this.#impliedFraction(next));
      case 'year':
        if (element.skipsSpace) this.#skipSpaces();
        return this.#yearOf(element.digits);
      case 'anyYear':
        return this.#literal('/') && (this.#yearOf(4) || this.#yearOf(2));
      case 'monthName': {
        const month = this.#name(element.isShort ? SHORT_MONTHS : LONG_MONTHS);
        this.#parts.month = month + 1;
        return month >= 0;
      }
      case 'weekdayName':
        return this.#name(element.isShort ? SHORT_WEEKDAYS : LONG_WEEKDAYS) >= 0;
      case 'halfOfDay':
        return this.#halfOfDay(element.isUpper);
      case 'fraction':
        return this.#fraction(element.digits, element.isOptional);
      case 'zoneName': {
        const length = zoneNameLength(this.#text, this.#at);
        this.#zoneName = this.#text.slice(this.#at, this.#at + length);
        this.#at += length;
        return length > 0;
      }
      case 'offset':
        return this.#zoneOffset(element.formats);
    }
  }

  #halfOfDay(isUpper: boolean): boolean {
    const half = this.#text.slice(this.#at, this.#at + 2);
    if (half !== (isUpper ? 'PM' : 'pm') && half !== (isUpper ? 'AM' : 'am')) return false;
    this.#isPm = half.startsWith(isUpper ? 'P' : 'p');
    this.#at += 2;
    return true;
  }

  /** Matches literal text. A space matches any number of spaces, as in Go. */
  #literal(expected: string): boolean {
    const text = this.#text;
    for (let index = 0; index < expected.length; ) {
      if (expected.charCodeAt(index) === SPACE) {
        if (this.#at < text.length && text.charCodeAt(this.#at) !== SPACE) return false;
        while (expected.charCodeAt(index) === SPACE) index++;
        while (text.charCodeAt(this.#at) === SPACE) this.#at++;
      } else {
        if (text.charCodeAt(this.#at) !== expected.charCodeAt(index)) return false;
        index++;
        this.#at++;
      }
    }
    return true;
  }

  #skipSpaces(): void {
    const text = this.#text;
    for (let code = text.charCodeAt(this.#at); code === SPACE || (code >= 9 && code <= 13); ) {
      code = text.charCodeAt(++this.#at);
    }
  }

  #numberPart({ part, isFixed, skipsSpace }: Extract<LayoutElement, { kind: 'number' }>): boolean {
    if (skipsSpace) this.#skipSpaces();
    const max = part === 'yearDay' ? 3 : 2;
    const value = this.#digits(isFixed ? max : 1, max);
    const [lowest, highest] = RANGES[part];
    if (value < lowest || value > highest) return false;
    this.#parts[part] = value;
    return true;
  }

  #yearOf(digits: 2 | 4): boolean {
    const start = this.#at;
    const value = this.#digits(digits, digits);
    if (value < 0) {
      this.#at = start;
      return false;
    }
    this.#year = digits === 4 ? value : value + (value >= 69 ? 1900 : 2000);
    return true;
  }

  /** Reads a number and returns it, or −1 if there are too few digits. */
  #digits(min: number, max: number): number {
    const text = this.#text;
    let value = 0;
    let count = 0;
    for (; count < max; count++) {
      const digit = text.charCodeAt(this.#at + count) - 48;
      // `NaN` at the end of the text is in no range.
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    this.#at += count;
    return count < min ? -1 : value;
  }

  #name(names: readonly string[]): number {
    const rest = this.#text.slice(this.#at, this.#at + 9).toLowerCase();
    const index = names.findIndex((name) => rest.startsWith(name));
    this.#at += names[index]?.length ?? 0;
    return index;
  }

  /** Reads a fraction after the seconds that the layout does not have, as Go does. */
  #impliedFraction(next: LayoutElement | undefined): boolean {
    if (next?.kind === 'fraction') return true;
    return this.#fraction(9, true);
  }

  #fraction(digits: number, isOptional: boolean): boolean {
    const text = this.#text;
    const separator = text.charCodeAt(this.#at);
    let end = this.#at + 1;
    while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
    const count = end - this.#at - 1;
    if ((separator !== 46 && separator !== 44) || count < 1) return isOptional;
    const used = isOptional ? count : Math.min(count, digits);
    if (!isOptional && count < digits) return false;
    const fraction = text.slice(this.#at + 1, this.#at + 1 + used);
    this.#nanosecond = Number(fraction.slice(0, 9).padEnd(9, '0'));
    this.#fractionStart = this.#at + 1;
    this.#fractionEnd = this.#at + 1 + used;
    this.#fractions++;
    this.#at += 1 + used;
    return true;
  }

  #fractionPlace(): ParsedTime['fraction'] {
    const start = this.#fractionStart;
    const end = this.#fractionEnd;
    return this.#fractions > 1 || end - start > 9 ? undefined : { start, end };
  }

  #zoneOffset(formats: readonly string[]): boolean {
    if (formats.length > 1) this.#skipSpaces();
    for (const format of formats) {
      const offset = readOffset(this.#text, this.#at, format);
      if (offset === undefined) continue;
      this.#offset = offset.seconds;
      this.#at += offset.length;
      return true;
    }
    return false;
  }

  #result(): ParsedTime | undefined {
    const { month, day, hour, hour12, minute, second, yearDay } = this.#parts;
    const year = this.#year;
    const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
    const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
    if (day > days) return undefined;
    const hours = hour12 >= 0 ? hour12 : hour;
    const isPm = this.#isPm;
    const hourOfDay = isPm === undefined ? hours : isPm && hours < 12 ? hours + 12 : !isPm && hours === 12 ? 0 : hours;
    const inDay = hourOfDay * 3600 + minute * 60 + second;
    return {
      year,
      localSecondsIn: (inYear) =>
        (yearDay > 0 ? daysOf(inYear, 1, 1) + yearDay - 1 : daysOf(inYear, month, day)) * 86_400 + inDay,
      nanosecond: this.#nanosecond,
      fraction: this.#fractionPlace(),
      offsetSeconds: this.#offset,
      zoneName: this.#zoneName,
    };
  }
}

function emptyParts(): Record<NumberPart, number> {
  return { month: 1, day: 1, hour: 0, hour12: -1, minute: 0, second: 0, yearDay: 0 };
}

const LONG_MONTHS = MONTHS.map((name) => name.toLowerCase());
const SHORT_MONTHS = LONG_MONTHS.map((name) => name.slice(0, 3));
const LONG_WEEKDAYS = WEEKDAYS.map((name) => name.toLowerCase());
const SHORT_WEEKDAYS = LONG_WEEKDAYS.map((name) => name.slice(0, 3));
