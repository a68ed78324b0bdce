import type { SyntaxNode, Tree } from '@lezer/common';
import type { Span } from './ast.ts';
import { parseDurationMillis, parseNumber, quote } from './literals.ts';
import { PromqlParseError } from './parse-error.ts';

/** Throws a `PromqlParseError` for the first syntax error in the tree, if there is one. */
export function rejectSyntaxErrors(query: string, tree: Tree): void {
  if (query.trim() === '' || tree.topNode.firstChild === null || isOnlyComments(query)) {
    throw new PromqlParseError(query, { start: 0, end: 0 }, 'no expression found in input');
  }
  let found: SyntaxNode | undefined;
  tree.iterate({
    enter: (node) => {
      if (found === undefined && node.type.isError) found = node.node;
      return found === undefined;
    },
  });
  if (found !== undefined) throw errorAt(query, found);
}

function isOnlyComments(query: string): boolean {
  return query.split('\n').every((line) => /^\s*(#.*)?$/.test(line));
}

/** The context in which a token is unexpected, and what was expected there, by grammar node. */
const CONTEXTS: Readonly<Record<string, string>> = {
  AggregateExpr: ' in aggregation',
  GroupingLabels: ' in grouping opts, expected "," or ")"',
  LabelMatchers: ' in label matching, expected "," or "}"',
  UnquotedLabelMatcher: ' in label matching, expected string',
  QuotedLabelMatcher: ' in label matching, expected string',
  MatrixSelector: ' in subquery or range selector, expected "]"',
  SubqueryExpr: ' in subquery or range selector, expected "]"',
  OffsetExpr: ' in offset, expected number, duration, step(), or range()',
  StepInvariantExpr: ' in @, expected timestamp',
  UnaryExpr: ' in unary expression',
};

function errorAt(query: string, node: SyntaxNode): PromqlParseError {
  const token = nextToken(query, node.from);
  const before = /([a-zA-Z_:][\w:]*)\s*$/.exec(query.slice(0, token.start));
  if (token.text === '(' && node.prevSibling?.name === 'Identifier' && before !== null) {
    const span = { start: before.index, end: before.index + (before[1]?.length ?? 0) };
    return new PromqlParseError(query, span, `unknown function with name ${quote(before[1] ?? '')}`);
  }
  const lexical = lexicalError(query, token);
  if (lexical !== undefined) return new PromqlParseError(query, token, lexical);
  const context = CONTEXTS[node.parent?.name ?? ''] ?? '';
  return new PromqlParseError(query, token, `unexpected ${describe(token.text)}${context}`);
}

interface Token extends Span {
  readonly text: string;
}

const TOKEN =
  /\s+|#[^\n]*|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|`[^`]*`?|[a-zA-Z_:][\w:]*|\.?\d[\w.]*|[=!<>]=|=~|!~|<\/|>\/|[\s\S]/gy;

/** Returns the first token at or after a position; its text is empty at the end of the query. */
function nextToken(query: string, position: number): Token {
  for (const match of query.matchAll(TOKEN)) {
    const end = match.index + match[0].length;
    if (end > position && !/^(\s|#)/.test(match[0])) return { text: match[0], start: match.index, end };
  }
  return { text: '', start: query.length, end: query.length };
}

function lexicalError(query: string, token: Token): string | undefined {
  if (/^["'`]/.test(token.text) && (token.text.length < 2 || token.text.at(-1) !== token.text[0])) {
    return token.text.startsWith('`') ? 'unterminated raw string' : 'unterminated quoted string';
  }
  if (token.text === '') return unclosed(query);
  if (/^\.?\d/.test(token.text)) {
    const isValid = parseNumber(token.text) !== undefined || parseDurationMillis(token.text) !== undefined;
    return isValid ? undefined : `bad number or duration syntax: ${quote(token.text)}`;
  }
  return /^[^\w\s"'`(){}[\],:=!<>~+\-*/%^@.]/u.test(token.text)
    ? `unexpected character: ${singleQuoted(token.text)}`
    : undefined;
}

function unclosed(query: string): string | undefined {
  const counts: Record<string, number> = {};
  for (const [text] of query.matchAll(TOKEN)) counts[text] = (counts[text] ?? 0) + 1;
  const count = (text: string): number => counts[text] ?? 0;
  if (count('(') > count(')')) return 'unclosed left parenthesis';
  if (count('[') > count(']')) return 'unclosed left bracket';
  return undefined;
}

function singleQuoted(text: string): string {
  return `'${text}'`;
}

const KEYWORDS =
  /^(avg|bottomk|count|count_values|group|max|min|quantile|limitk|limit_ratio|stddev|stdvar|sum|topk|by|without|on|ignoring|group_left|group_right|bool|offset|and|or|unless|atan2|fill|fill_left|fill_right|smoothed|anchored|start|end)$/i;

function describe(text: string): string {
  if (text === '') return 'end of input';
  if (/^["'`]/.test(text)) return `string ${quote(text)}`;
  if (KEYWORDS.test(text)) return `<${text.toLowerCase()}>`;
  if (/^[a-zA-Z_]/.test(text)) return `${text.includes(':') ? 'metric identifier' : 'identifier'} ${quote(text)}`;
  if (/^\.?\d/.test(text)) return `${parseDurationMillis(text) === undefined ? 'number' : 'duration'} ${quote(text)}`;
  return quote(text);
}
