import { t } from '../../locale/t.ts';
import { attributeField, escapePattern, writeAnyOf, writeCondition } from '../conditions.ts';

/** What the text in a condition field means. */
export type SearchText =
  | { readonly kind: 'conditions'; readonly conditions: readonly string[] }
  | { readonly kind: 'text'; readonly text: string }
  /** `at` is the place of the first character that is not understood. */
  | { readonly kind: 'problem'; readonly at: number; readonly message: string };

/** The fields that conditions know, besides attributes. */
export interface SearchFields {
  readonly plain: readonly string[];
  /** Keys of attributes that the stored spans or records have. */
  readonly attributes: ReadonlySet<string>;
}

/**
 * Parses conditions joined by `and`: `FIELD = VALUE`, `FIELD exists`, `FIELD in (A, B)`, `FIELD contains TEXT`, and
 * alternatives of them joined by `or`, which binds its neighbors before `and`. Attributes may be written without a prefix. A text whose first word is not
 * followed by an operator is free text.
 */
export function parseSearchText(text: string, fields: SearchFields): SearchText {
  const reader = new Reader(text);
  const start = reader.field();
  if (start === undefined || reader.operator() === undefined) return { kind: 'text', text: text.trim() };
  reader.at = 0;
  const conditions: string[] = [];
  for (;;) {
    const condition = readAlternatives(reader, fields);
    if (typeof condition !== 'string') return { kind: 'problem', ...condition };
    conditions.push(condition);
    if (reader.isAtEnd()) return { kind: 'conditions', conditions };
    if (!reader.word('and') && !reader.symbol('&&'))
      return { kind: 'problem', at: reader.skip(), message: t('expected "and", or quotes around the value') };
  }
}

/** A comparison. */
interface Term {
  /** The condition. */
  readonly conditions: readonly string[];
  /** The field and the value of an equality. */
  readonly equal?: { readonly field: string; readonly text: string };
}

interface Problem {
  readonly at: number;
  readonly message: string;
}

/** Reads comparisons joined by `or`. Equalities of one field become one condition on its values. */
function readAlternatives(reader: Reader, fields: SearchFields): string | Problem {
  const terms: Term[] = [];
  do {
    const term = readTerm(reader, fields);
    if ('message' in term) return term;
    terms.push(term);
  } while (reader.word('or') || reader.symbol('||'));
  const equal = terms.flatMap((term) => term.equal ?? []);
  const [first] = equal;
  const isOneField = equal.length === terms.length && equal.every(({ field }) => field === first?.field);
  if (terms.length > 1 && first !== undefined && isOneField)
    return anyOf(
      first.field,
      equal.map(({ text }) => text),
    );
  return terms.flatMap((term) => term.conditions).join(' or ');
}

function readTerm(reader: Reader, fields: SearchFields): Term | Problem {
  const from = reader.skip();
  const name = reader.field();
  if (name === undefined) return { at: from, message: t('expected a field, such as service or http.route') };
  const field = fieldOf(name, fields);
  const at = reader.skip();
  const operator = reader.operator();
  switch (operator) {
    case undefined:
      return {
        at,
        message: t('expected an operator after {name}: =, !=, >, >=, <, <=, ~, !~, in, contains or exists', { name }),
      };
    case 'exists':
      return { conditions: [writeCondition(field, 'exists', '')] };
    case 'in':
      return readList(reader, field);
    default:
      return readValues(reader, field, operator);
  }
}

function readValues(reader: Reader, field: string, operator: string): Term | Problem {
  const at = reader.skip();
  const first = reader.value();
  if (first === undefined) return { at, message: t('expected a value after {operator}', { operator }) };
  if (operator === 'contains') return { conditions: [`${field} ~ (?i)${escapePattern(first.text)}`] };
  return {
    conditions: [`${field} ${operator} ${first.source}`],
    ...(operator === '=' && { equal: { field, text: first.text } }),
  };
}

function readList(reader: Reader, field: string): { readonly conditions: readonly string[] } | Problem {
  const open = reader.skip();
  if (!reader.symbol('(')) return { at: open, message: t('expected a list after in, such as (500, 503)') };
  const values: string[] = [];
  for (;;) {
    const at = reader.skip();
    const value = reader.listed();
    if (value === undefined) return { at, message: t('expected a value') };
    values.push(value);
    const next = reader.skip();
    if (reader.symbol(')')) return { conditions: [anyOf(field, values)] };
    if (!reader.symbol(',')) return { at: next, message: t('expected "," or ")"') };
  }
}

function anyOf(field: string, values: readonly string[]): string {
  // Kinds and status codes are stored in upper case, which only equality hides.
  const stored = field === 'kind' || field === 'status' ? values.map((value) => value.toUpperCase()) : values;
  return writeAnyOf(field, stored) ?? `${field} exists`;
}

/** Attributes in these namespaces describe the resource, unless spans have them. */
const RESOURCE = /^(?:service|host|k8s|container|cloud|deployment|process|telemetry|os|faas|device|webengine)\./;

function fieldOf(name: string, { plain, attributes }: SearchFields): string {
  if (plain.includes(name) || /^(?:attributes|resource)\../.test(name)) return name;
  return attributeField(name, !attributes.has(name) && RESOURCE.test(name) ? 'resource' : 'attributes');
}

/** Reads a text from left to right. */
class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Skips spaces and returns the place of the next character. */
  skip(): number {
    this.#take(/\s*/y);
    return this.at;
  }

  isAtEnd(): boolean {
    return this.skip() >= this.#text.length;
  }

  field(): string | undefined {
    this.skip();
    return this.#take(/(?:attributes|resource)\."(?:[^"\\]|\\.)*"|[^\s=!<>~"'(),]+/y);
  }

  operator(): string | undefined {
    this.skip();
    return this.#take(/>=|<=|!=|!~|[=<>~]/y) ?? this.#take(/(?:exists|contains|in)(?=[\s("']|$)/iy)?.toLowerCase();
  }

  symbol(symbol: string): boolean {
    this.skip();
    if (!this.#text.startsWith(symbol, this.at)) return false;
    this.at += symbol.length;
    return true;
  }

  word(word: string): boolean {
    this.skip();
    return this.#take(new RegExp(`${word}(?=\\s|$)`, 'iy')) !== undefined;
  }

  /** Reads a quoted value, or everything up to a following `and` or `or` with a condition. */
  value(): { readonly text: string; readonly source: string } | undefined {
    this.skip();
    const quoted = this.#take(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y);
    if (quoted !== undefined) return { text: unquoted(quoted), source: quoted };
    const plain = this.#take(
      /[^\s"'](?:(?!\s+(?:and|or|&&|\|\|)\s+\S+\s*(?:[=!<>~]|(?:exists|contains|in)\b)).)*/iy,
    )?.trim();
    return plain === undefined ? undefined : { text: plain, source: plain };
  }

  /** Reads a value of a list. */
  listed(): string | undefined {
    const quoted = this.#take(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y);
    if (quoted !== undefined) return unquoted(quoted);
    const plain = this.#take(/[^,()"']+/y)?.trim();
    return plain === '' ? undefined : plain;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.at += found.length;
    return found;
  }
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gs, '$1');
}
