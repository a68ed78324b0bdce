import { fixedZone } from '../../../ottl/values/time.ts';
import { EvaluationError, Time } from '../../../ottl/values/value.ts';
import { goLayout } from '../../record/layout.ts';
import { LayoutParser } from '../../record/layout-parser.ts';
import type { SyslogMessage } from './message.ts';

const HEADER =
  /^<(0|[1-9]\d{0,2})>([1-9]\d{0,2}) (-|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) /;
const NAME = /[!#-<>-\\^-~]{1,32}/y;
const VALUE = /(?:[^"\\\]]|\\["\\\]]|\\(?!["\\\]]))*/y;
const TIME = new LayoutParser(goLayout('2006-01-02T15:04:05.999999999Z07:00'));

/** Parses a message of RFC 5424. Throws an `EvaluationError`. */
export function parseRfc5424(text: string): SyslogMessage {
  const header = HEADER.exec(text);
  const [whole = '', priority = '', version = '', time = '', hostname = '', appname = '', procId = '', msgId = ''] =
    header ?? [];
  if (header === null || Number(priority) > 191)
    throw new EvaluationError(`expected a message of RFC 5424, got "${text}"`);
  const fields = {
    priority: Number(priority),
    version: Number(version),
    timestamp: timeOf(time),
    hostname: unlessNil(hostname),
    appname: unlessNil(appname),
    procId: unlessNil(procId),
    msgId: unlessNil(msgId),
  };
  const reader = new DataReader(text, whole.length);
  const structuredData = reader.read();
  const end = reader.at;
  if (end >= text.length) return { ...fields, structuredData };
  if (text[end] !== ' ')
    throw new EvaluationError(`expected a space before the text of a message, got "${text.slice(end)}"`);
  const message = text.slice(end + 1);
  return { ...fields, structuredData, message: message === '' ? undefined : message };
}

function unlessNil(text: string): string | undefined {
  return text === '-' ? undefined : text;
}

function timeOf(text: string): Time | undefined {
  if (text === '-') return undefined;
  const parsed = TIME.parse(text);
  if (parsed === undefined) throw new EvaluationError(`expected a time of RFC 3339, got "${text}"`);
  const offset = parsed.offsetSeconds ?? 0;
  const seconds = parsed.localSecondsIn(parsed.year) - offset;
  return new Time(BigInt(seconds) * 1_000_000_000n + BigInt(parsed.nanosecond), fixedZone('', offset));
}

/** Reads the structured data of a message. */
class DataReader {
  readonly #text: string;
  at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  read(): Map<string, Map<string, string>> | undefined {
    if (this.#accept('-')) return undefined;
    const data = new Map<string, Map<string, string>>();
    do this.#element(data);
    while (this.#text[this.at] === '[');
    return data;
  }

  #element(data: Map<string, Map<string, string>>): void {
    if (!this.#accept('[')) throw this.#error('structured data');
    const id = this.#match(NAME);
    if (id === '' || data.has(id)) throw this.#error('the ID of an element');
    const parameters = new Map<string, string>();
    data.set(id, parameters);
    while (this.#accept(' ')) {
      const name = this.#match(NAME);
      if (name === '' || !this.#accept('="')) throw this.#error('a parameter such as name="value"');
      parameters.set(name, this.#match(VALUE).replace(/\\(["\\\]])/g, '$1'));
      if (!this.#accept('"')) throw this.#error('a quote');
    }
    if (!this.#accept(']')) throw this.#error('"]"');
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text)?.[0] ?? '';
    this.at += match.length;
    return match;
  }

  #accept(expected: string): boolean {
    const isNext = this.#text.startsWith(expected, this.at);
    if (isNext) this.at += expected.length;
    return isNext;
  }

  #error(expected: string): EvaluationError {
    return new EvaluationError(`expected ${expected} in structured data, got "${this.#text.slice(this.at)}"`);
  }
}
