import type { Dialect } from './dialect.ts';
import { type Token, tokensOf } from './tokens.ts';

/** What a span records of a statement. */
export interface Statement {
  /** `db.query.text`: the statement with literals replaced by `?` and without comments. */
  readonly text: string;
  /** `db.query.summary`: operations and their tables, such as `SELECT orders users`. Also the span's name. */
  readonly summary: string;
  /** `db.operation.name`, such as `INSERT`, if there is one statement. */
  readonly operation: string | undefined;
  /** `db.collection.name`, if the statement names exactly one table. */
  readonly collection: string | undefined;
}

/**
 * Reads statements of a dialect (semantic conventions, "Sanitization of `db.query.text`" and "Generating a summary of the
 * query"). Lists of literals become one, so that the number of values does not matter. Results are kept for the most
 * recent statements, since programs repeat few of them.
 */
export class StatementReader {
  readonly #dialect: Dialect;
  readonly #known = new Map<string, Statement>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** Returns the statement without literals. */
  read(sql: string): Statement {
    const known = this.#known.get(sql);
    if (known !== undefined) return known;
    const statement = readStatement(sql.slice(0, MAX_READ), this.#dialect);
    if (this.#known.size >= MAX_KNOWN) this.#known.delete(this.#known.keys().next().value as string);
    if (sql.length <= MAX_KNOWN_LENGTH) this.#known.set(sql, statement);
    return statement;
  }
}

function readStatement(sql: string, dialect: Dialect): Statement {
  const tokens = withoutRepeatedValues(tokensOf(sql, dialect));
  const { summary, operation, collections } = summaryOf(tokens);
  const text = tokens.map(({ text: each, isSpaced }, i) => (isSpaced && i > 0 ? ` ${each}` : each)).join('');
  return {
    text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text,
    summary,
    operation,
    collection: collections.length === 1 ? collections[0] : undefined,
  };
}

/** Keeps the first value of a list of values, and the first row of `VALUES (…), (…)`. */
function withoutRepeatedValues(tokens: readonly Token[]): readonly Token[] {
  const kept: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    const isRepeated = token.text === ',' && isValue(kept.at(-1)) && isValue(tokens[i + 1]);
    if (isRepeated && isValueList(tokens, i)) {
      i++;
      continue;
    }
    kept.push(token);
    if (token.text === ')') i = afterEqualRows(kept, tokens, i);
  }
  return kept;
}

const isValue = (token: Token | undefined): boolean => token?.kind === 'literal' || token?.kind === 'placeholder';

/** Reports whether the value after a comma is whole: `?, ? + 1` is not a list of values. */
function isValueList(tokens: readonly Token[], comma: number): boolean {
  const after = tokens[comma + 2]?.text;
  return after === ',' || after === ')' || after === undefined;
}

/** Skips rows that are like the one that has just ended: `(?), (?)`. Returns the index of the last skipped token. */
function afterEqualRows(kept: readonly Token[], tokens: readonly Token[], end: number): number {
  if (!isValue(kept.at(-2))) return end;
  const open = kept.findLastIndex(({ text }) => text === '(');
  const row = kept.slice(open + 1, -1);
  if (open < 0 || !row.every((token) => isValue(token) || token.text === ',')) return end;
  let last = end;
  for (;;) {
    if (tokens[last + 1]?.text !== ',' || tokens[last + 2]?.text !== '(') return last;
    let i = last + 3;
    while (isValue(tokens[i]) || tokens[i]?.text === ',') i++;
    if (tokens[i]?.text !== ')') return last;
    last = i;
  }
}

interface Summary {
  readonly summary: string;
  readonly operation: string | undefined;
  readonly collections: readonly string[];
}

/** Returns the summary of one or several statements. */
function summaryOf(tokens: readonly Token[]): Summary {
  const all = statementsIn(tokens).map(summaryOfOne);
  return {
    summary: all
      .map(({ summary }) => summary)
      .filter(Boolean)
      .join(' ')
      .slice(0, MAX_SUMMARY),
    operation: all.length === 1 ? all[0]?.operation : undefined,
    collections: [...new Set(all.flatMap(({ collections }) => collections))],
  };
}

/** Splits a text at `;`. */
function statementsIn(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === ';') statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.filter(({ length }) => length > 0);
}

function summaryOfOne(tokens: readonly Token[]): Summary {
  const parts: string[] = [];
  const collections = new Set<string>();
  let operation: string | undefined;
  for (let i = 0; i < tokens.length; i++) {
    const { kind, text } = tokens[i] as Token;
    if (kind !== 'word') continue;
    const keyword = text.toUpperCase();
    const isFirst = operation === undefined && !SKIPPED.has(keyword);
    if (isFirst || (OPERATIONS.has(keyword) && tokens[i - 1]?.text === '(')) {
      operation ??= keyword;
      parts.push(DEFINITIONS.has(keyword) ? `${keyword} ${tokens[i + 1]?.text.toUpperCase() ?? ''}`.trim() : keyword);
    }
    if (!BEFORE_TABLES.has(keyword)) continue;
    const name = nameAt(tokens, keyword === 'TABLE' ? afterIfExists(tokens, i + 1) : i + 1);
    if (name === undefined || collections.has(name)) continue;
    collections.add(name);
    parts.push(name);
  }
  return { summary: parts.join(' '), operation, collections: [...collections] };
}

/** Returns a possibly qualified name without its quotes, or `undefined` if there is something else. */
function nameAt(tokens: readonly Token[], start: number): string | undefined {
  let name = '';
  for (let i = start; ; i += 2) {
    const token = tokens[i];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) return undefined;
    if (name === '' && RESERVED.has(token.text.toUpperCase())) return undefined;
    name += token.kind === 'name' ? token.text.slice(1, -1) : token.text;
    if (tokens[i + 1]?.text !== '.') return name;
    name += '.';
  }
}

/** Skips `IF EXISTS` and `IF NOT EXISTS`. */
function afterIfExists(tokens: readonly Token[], start: number): number {
  let i = start;
  while (/^(?:if|not|exists)$/i.test(tokens[i]?.text ?? '')) i++;
  return i;
}

const OPERATIONS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE']);
/** Words that are not the operation of the statement that they start. */
const SKIPPED = new Set(['EXPLAIN', 'ANALYZE']);
const DEFINITIONS = new Set(['CREATE', 'ALTER', 'DROP', 'TRUNCATE']);
const BEFORE_TABLES = new Set(['FROM', 'JOIN', 'INTO', 'UPDATE', 'TABLE']);
/** What may follow those words instead of a table. */
const RESERVED = new Set(['SELECT', 'LATERAL', 'SET', 'ONLY', 'UNNEST', 'VALUES', 'OF', 'SKIP', 'NOWAIT']);
/** Longer statements are read only up to here. */
const MAX_READ = 100_000;
const MAX_TEXT = 8_192;
const MAX_SUMMARY = 255;
const MAX_KNOWN = 1_000;
const MAX_KNOWN_LENGTH = 10_000;
