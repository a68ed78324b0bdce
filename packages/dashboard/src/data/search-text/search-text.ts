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
 * equalities of one field joined by `or`. Attributes may be written without a prefix. A text whose first word is not
 * followed by an operator is free text.
 */
export function parseSearchText(text: string, fields: SearchFields): SearchText {
  const reader = new Reader(text);
  const start = reader.field();
  if (start === undefined || reader.operator() === undefined) return { kind: 'text', text: text.trim() };
  reader.at = 0;
  const conditions: string[] = [];
  for (;;) {
    const term = readTerm(reader, fields);
    if ('message' in term) return { kind: 'problem', ...term };
    conditions.push(...term.conditions);
    if (reader.isAtEnd()) return { kind: 'conditions', conditions };
    if (!reader.word('and') && !reader.symbol('&&'))
      return { kind: 'problem', at: reader.skip(), message: t('expected "and", or quotes around the value') };
  }
}

interface Problem {
  readonly at: number;
  readonly message: string;
}

function readTerm(reader: Reader, fields: SearchFields): { readonly conditions: readonly string[] } | Problem {
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
      return readValues(reader, fields, field, operator);
  }
}

function readValues(
  reader: Reader,
  fields: SearchFields,
  field: string,
  operator: string,
): { readonly conditions: readonly string[] } | Problem {
  const at = reader.skip();
  const first = reader.value();
  if (first === undefined) return { at, message: t('expected a value after {operator}', { operator }) };
  if (operator === 'contains') return { conditions: [`${field} ~ (?i)${escapePattern(first.text)}`] };
  const values = [first.text];
  for (let or = reader.skip(); reader.word('or') || reader.symbol('||'); or = reader.skip()) {
    const name = reader.field();
    const isSame = name !== undefined && fieldOf(name, fields) === field && operator === '=';
    if (!isSame || reader.operator() !== '=')
      return {
        at: or,
        message: t('expected "or" between equalities of one field, such as status = 500 or status = 503'),
      };
    const next = reader.value();
    if (next === undefined) return { at: reader.skip(), message: t('expected a value after =') };
    values.push(next.text);
  }
  if (values.length > 1) return { conditions: [anyOf(field, values)] };
  return { conditions: [`${field} ${operator} ${first.source}`] };
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
