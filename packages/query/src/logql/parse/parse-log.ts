import type { Matcher } from '../../promql/labels/matcher.ts';
import type { Extraction, LabelFormat, LineFilter, LineFilterOperand, LogExpr, NamedLabel, Stage } from './ast.ts';
import { parseIp, parseLabelFilter, parseMatcher } from './parse-filter.ts';
import type { TokenReader } from './tokens.ts';

const LINE_FILTERS: ReadonlySet<string> = new Set(['|=', '!=', '|~', '!~', '|>', '!>']);

/** Parses `{…}`. */
export function parseSelector(tokens: TokenReader): Matcher[] {
  tokens.expect('{');
  if (tokens.accept('}')) return [];
  const matchers = [parseMatcher(tokens)];
  while (tokens.accept(',')) matchers.push(parseMatcher(tokens));
  tokens.expect('}', ',');
  return matchers;
}

/** Parses a selector with its pipeline. */
export function parseLog(tokens: TokenReader): LogExpr {
  if (tokens.accept('(')) {
    const inner = tokens.nested(() => parseLog(tokens));
    tokens.expect(')');
    return inner;
  }
  const matchers = parseSelector(tokens);
  return { kind: 'log', matchers, stages: parsePipeline(tokens) };
}

/** Parses the stages of a pipeline up to `unwrap`. */
export function parsePipeline(tokens: TokenReader): Stage[] {
  const stages: Stage[] = [];
  for (;;) {
    if (LINE_FILTERS.has(tokens.peek())) stages.push(...parseLineFilter(tokens));
    else if (tokens.peek() === '|' && tokens.peek(1) !== 'unwrap') {
      tokens.take();
      stages.push(parseStage(tokens));
    } else return stages;
  }
}

function parseLineFilter(tokens: TokenReader): LineFilter[] {
  const operator = tokens.take().kind as LineFilter['operator'];
  const operands: LineFilterOperand[] = [parseOperand(tokens)];
  while (tokens.accept('or')) operands.push(parseOperand(tokens));
  // A negated filter excludes each of its alternatives.
  if (operator.startsWith('!')) return operands.map((one) => ({ kind: 'line-filter', operator, operands: [one] }));
  return [{ kind: 'line-filter', operator, operands }];
}

function parseOperand(tokens: TokenReader): LineFilterOperand {
  if (tokens.peek() === 'ip') return { value: parseIp(tokens), isIp: true };
  return { value: String(tokens.expect('STRING', 'ip').value), isIp: false };
}

function parseStage(tokens: TokenReader): Stage {
  switch (tokens.peek()) {
    case 'json':
      tokens.take();
      return { kind: 'json', expressions: tokens.peek() === 'IDENTIFIER' ? parseExtractions(tokens) : [] };
    case 'logfmt':
      return parseLogfmt(tokens);
    case 'regexp':
    case 'pattern':
      return { kind: tokens.take().kind as 'regexp', text: String(tokens.expect('STRING').value) };
    case 'unpack':
    case 'decolorize':
      return { kind: tokens.take().kind as 'unpack' };
    case 'line_format':
      tokens.take();
      return { kind: 'line-format', text: String(tokens.expect('STRING').value) };
    case 'label_format':
      tokens.take();
      return { kind: 'label-format', formats: parseList(tokens, parseLabelFormat) };
    case 'drop':
    case 'keep':
      return { kind: tokens.take().kind as 'drop', labels: parseList(tokens, parseNamedLabel) };
    case 'IDENTIFIER':
    case '(':
      return { kind: 'label-filter', filter: parseLabelFilter(tokens) };
    default:
      return tokens.fail();
  }
}

function parseLogfmt(tokens: TokenReader): Stage {
  tokens.take();
  const flags = new Set<string>();
  while (tokens.peek() === 'FUNCTION_FLAG') flags.add(tokens.take().text);
  return {
    kind: 'logfmt',
    strict: flags.has('--strict'),
    keepEmpty: flags.has('--keep-empty'),
    expressions: tokens.peek() === 'IDENTIFIER' ? parseExtractions(tokens) : [],
  };
}

function parseList<T>(tokens: TokenReader, parse: (tokens: TokenReader) => T): T[] {
  const found = [parse(tokens)];
  while (tokens.accept(',')) found.push(parse(tokens));
  return found;
}

function parseExtractions(tokens: TokenReader): Extraction[] {
  return parseList(tokens, () => {
    const { text: name } = tokens.expect('IDENTIFIER');
    return { name, path: tokens.accept('=') ? String(tokens.expect('STRING').value) : name };
  });
}

function parseLabelFormat(tokens: TokenReader): LabelFormat {
  const { text: name } = tokens.expect('IDENTIFIER');
  tokens.expect('=');
  const source = tokens.accept('IDENTIFIER');
  if (source !== undefined) return { name, value: source.text, isRename: true };
  return { name, value: String(tokens.expect('STRING', 'IDENTIFIER').value), isRename: false };
}

function parseNamedLabel(tokens: TokenReader): NamedLabel {
  if (!['=', '!=', '=~', '!~'].includes(tokens.peek(1))) {
    return { name: tokens.expect('IDENTIFIER').text, matcher: undefined };
  }
  const matcher = parseMatcher(tokens);
  return { name: matcher.name, matcher };
}
