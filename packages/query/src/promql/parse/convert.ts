import type { SyntaxNode } from '@lezer/common';
import { type Pattern, PatternError } from '../../patterns/pattern.ts';
import { METRIC_NAME } from '../labels/labels.ts';
import { compileAnchored, equals, type Matcher } from '../labels/matcher.ts';
import type { AggregateExpr, AggregateOperator, Duration, Expr, NumberLiteral, Span, VectorSelector } from './ast.ts';
import { buildChain, type ChainItem, flattenChain, type Postfix } from './chain.ts';
import { type Conversion, spanOf } from './conversion.ts';
import { DurationConverter } from './convert-duration.ts';
import { parseDurationMillis, parseNumber, quote, unquote } from './literals.ts';
import { convertModifiers } from './modifiers.ts';
import type { ParseOptions } from './options.ts';
import { PromqlParseError } from './parse-error.ts';
import { applyPostfix } from './postfix.ts';
import { SIGNATURES } from './signatures.ts';
import { childNamed, childNodes } from './tree.ts';

const WITH_PARAMETER: ReadonlySet<string> = new Set('topk bottomk count_values quantile limitk limit_ratio'.split(' '));
const EXPERIMENTAL_AGGREGATES: ReadonlySet<string> = new Set(['limitk', 'limit_ratio']);

/** Converts a syntax tree without errors to an expression. */
export class Converter implements Conversion {
  readonly query: string;
  readonly options: ParseOptions;
  readonly #durations: DurationConverter;

  constructor(query: string, options: ParseOptions) {
    this.query = query;
    this.options = options;
    this.#durations = new DurationConverter(this);
  }

  /** Converts the first expression below a node. */
  convertTop(node: SyntaxNode): Expr {
    const [first] = childNodes(node);
    if (first === undefined) throw this.error({ start: node.from, end: node.to }, 'no expression found in input');
    return this.convert(first);
  }

  convert(node: SyntaxNode): Expr {
    switch (node.name) {
      case 'NumberDurationLiteral':
        return this.number(node);
      case 'StringLiteral':
        return { kind: 'string', value: this.string(node), ...spanOf(node) };
      case 'VectorSelector':
        return this.#selector(node);
      case 'ParenExpr':
        return { kind: 'paren', expr: this.convertTop(node), ...spanOf(node) };
      case 'FunctionCall':
        return this.#call(node);
      case 'AggregateExpr':
        return this.#aggregate(node);
      default:
        return buildChain(flattenChain(node, this.query), {
          operand: (item) => this.convert(item.node),
          hasSign: (item) => /^[+-]/.test(this.text(item.node)),
          modifiers: (item: Extract<ChainItem, { kind: 'binary' }>) => convertModifiers(this, item.node),
          postfix: (expr: Expr, item: Postfix) => applyPostfix(this, expr, item),
        });
    }
  }

  text({ from, to }: SyntaxNode): string {
    return this.query.slice(from, to);
  }

  error(span: Span, reason: string): PromqlParseError {
    return new PromqlParseError(this.query, span, reason);
  }

  duration(node: SyntaxNode): Duration {
    return this.#durations.convert(node);
  }

  number(node: SyntaxNode): NumberLiteral {
    const text = this.text(node);
    const sign = text.startsWith('-') ? -1 : 1;
    const digits = text.replace(/^[+-]\s*/, '');
    const span = spanOf(node);
    const value = parseNumber(digits);
    if (value !== undefined) return { kind: 'number', value: sign * value, isDuration: false, ...span };
    const millis = parseDurationMillis(digits);
    if (millis === undefined) throw this.error(span, `bad number or duration syntax: ${quote(digits)}`);
    return { kind: 'number', value: (sign * millis) / 1000, isDuration: true, ...span };
  }

  string(node: SyntaxNode): string {
    const text = this.text(node);
    const value = unquote(text);
    if (value !== undefined) return value;
    if (text.length < 2 || text.at(-1) !== text[0]) throw this.error(spanOf(node), 'unterminated quoted string');
    throw this.error(spanOf(node), `error unquoting string ${quote(text)}: invalid syntax`);
  }

  /** Returns the label names in parentheses. */
  grouping(node: SyntaxNode | undefined): string[] {
    if (node === undefined) return [];
    return childNodes(node).map((label) => {
      const name = label.name === 'LabelName' ? this.text(label) : this.string(childNodes(label)[0] ?? label);
      if (name === '') throw this.error(spanOf(label), `invalid label name for grouping: ${quote(name)}`);
      return name;
    });
  }

  #selector(node: SyntaxNode): VectorSelector {
    const identifier = childNamed(node, 'Identifier');
    const name = identifier === undefined ? '' : this.text(identifier);
    const braces = childNamed(node, 'LabelMatchers');
    const matchers = braces === undefined ? [] : childNodes(braces).map((child) => this.#matcher(child));
    const all = name === '' ? matchers : [...matchers, equals(METRIC_NAME, name)];
    return {
      kind: 'selector',
      name,
      matchers: all,
      offset: undefined,
      at: undefined,
      extension: undefined,
      ...spanOf(node),
    };
  }

  #matcher(node: SyntaxNode): Matcher {
    const [label, operatorNode, valueNode] = childNodes(node);
    // A quoted name on its own is the name of the metric.
    if (node.name === 'QuotedLabelName' && label !== undefined) return equals(METRIC_NAME, this.string(label));
    if (label === undefined || operatorNode === undefined || valueNode === undefined) {
      throw this.error(spanOf(node), 'unexpected end of input in label matching, expected label matching operator');
    }
    const name = label.name === 'LabelName' ? this.text(label) : this.string(childNodes(label)[0] ?? label);
    const operator = this.text(operatorNode) as Matcher['operator'];
    const value = this.string(valueNode);
    const isPattern = operator === '=~' || operator === '!~';
    const span = { start: node.from, end: node.to };
    return { name, operator, value, pattern: isPattern ? this.#pattern(value, span) : undefined };
  }

  #pattern(source: string, span: Span): Pattern {
    try {
      return compileAnchored(source);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw this.error(span, `error parsing regexp: ${error.message}`);
    }
  }

  #call(node: SyntaxNode): Expr {
    const [identifier, body] = childNodes(node);
    const name = identifier === undefined ? '' : this.text(identifier);
    const span = spanOf(node);
    const signature = SIGNATURES.get(name);
    const nameSpan = { start: node.from, end: node.from + name.length };
    if (signature === undefined) throw this.error(nameSpan, `unknown function with name ${quote(name)}`);
    if (signature.experimental && !this.options.experimentalFunctions) {
      throw this.error(nameSpan, `function ${quote(name)} is not enabled`);
    }
    const args = body === undefined ? [] : childNodes(body).map((argument) => this.convert(argument));
    return { kind: 'call', name, args, ...span };
  }

  #aggregate(node: SyntaxNode): AggregateExpr {
    const operator = this.text(childNamed(node, 'AggregateOp') ?? node).toLowerCase() as AggregateOperator;
    const modifier = childNamed(node, 'AggregateModifier');
    const grouping = modifier === undefined ? [] : this.grouping(childNamed(modifier, 'GroupingLabels'));
    const without = modifier !== undefined && childNamed(modifier, 'Without') !== undefined;
    const body = childNamed(node, 'FunctionCallBody');
    const args = body === undefined ? [] : childNodes(body).map((argument) => this.convert(argument));
    const span = spanOf(node);
    if (args.length === 0) throw this.error(span, 'no arguments for aggregate expression provided');
    if (EXPERIMENTAL_AGGREGATES.has(operator) && !this.options.experimentalFunctions) {
      throw this.error(
        span,
        `${operator}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
      );
    }
    const expected = WITH_PARAMETER.has(operator) ? 2 : 1;
    const expr = args[expected - 1];
    if (args.length !== expected || expr === undefined) {
      throw this.error(
        span,
        `wrong number of arguments for aggregate expression provided, expected ${expected}, got ${args.length}`,
      );
    }
    const parameter = expected === 2 ? args[0] : undefined;
    return { kind: 'aggregate', operator, expr, parameter, grouping, without, ...span };
  }
}
