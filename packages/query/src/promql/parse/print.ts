import { formatDecimal } from '../format-number.ts';
import { METRIC_NAME } from '../labels/labels.ts';
import type { Matcher } from '../labels/matcher.ts';
import type { AggregateExpr, BinaryExpr, Duration, Expr, NumberLiteral, TimeModifiers, VectorSelector } from './ast.ts';
import { formatDuration, quote } from './literals.ts';
import { isPlainName } from './print-labels.ts';

/** Formats an expression on one line, as Prometheus does. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr);
    case 'string':
      return quote(expr.value);
    case 'selector':
      return printSelector(expr) + atText(expr) + extensionText(expr) + offsetText(expr);
    case 'matrix': {
      const { selector, range } = expr;
      const modifiers = extensionText(selector) + atText(selector) + offsetText(selector);
      return `${printSelector(selector)}[${printDuration(range)}]${modifiers}`;
    }
    case 'subquery':
      return printExpr(expr.expr) + subqueryText(expr);
    case 'paren':
      return `(${printExpr(expr.expr)})`;
    case 'unary':
      return expr.operator + printExpr(expr.expr);
    case 'binary':
      return `${printExpr(expr.left)} ${operatorText(expr)} ${printExpr(expr.right)}`;
    case 'aggregate': {
      const parameter = expr.parameter === undefined ? '' : `${printExpr(expr.parameter)}, `;
      return `${aggregateText(expr)}(${parameter}${printExpr(expr.expr)})`;
    }
    case 'call':
      return `${expr.name}(${expr.args.map(printExpr).join(', ')})`;
  }
}

/** Formats the operator of a binary expression and its modifiers. */
export function operatorText({ operator, returnBool, matching }: BinaryExpr): string {
  let text = operator + (returnBool ? ' bool' : '');
  if (matching === undefined) return text;
  const { cardinality, on, labels, include, fillLeft, fillRight } = matching;
  const isGrouped = cardinality === 'many-to-one' || cardinality === 'one-to-many';
  if (labels.length > 0 || on || isGrouped) text += ` ${on ? 'on' : 'ignoring'} (${labelList(labels)})`;
  if (isGrouped) text += ` group_${cardinality === 'many-to-one' ? 'left' : 'right'} (${labelList(include)})`;
  if (fillLeft !== undefined && fillLeft === fillRight) return `${text} fill (${formatDecimal(fillLeft)})`;
  if (fillLeft !== undefined) text += ` fill_left (${formatDecimal(fillLeft)})`;
  if (fillRight !== undefined) text += ` fill_right (${formatDecimal(fillRight)})`;
  return text;
}

/** Formats the operator of an aggregation and its grouping. */
export function aggregateText({ operator, without, grouping }: AggregateExpr): string {
  if (without) return `${operator} without (${labelList(grouping)}) `;
  return grouping.length > 0 ? `${operator} by (${labelList(grouping)}) ` : operator;
}

/** Formats the range, step, time and offset of a subquery. */
export function subqueryText(expr: Extract<Expr, { kind: 'subquery' }>): string {
  const step = expr.step === undefined ? '' : printDuration(expr.step);
  return `[${printDuration(expr.range)}:${step}]${atText(expr)}${offsetText(expr)}`;
}

function labelList(labels: readonly string[]): string {
  return labels.map((label) => (isPlainName(label) ? label : quote(label))).join(', ');
}

function printSelector({ name, matchers }: VectorSelector): string {
  const texts = matchers
    .filter(
      (matcher) => !(matcher.name === METRIC_NAME && matcher.operator === '=' && matcher.value === name && name !== ''),
    )
    .map(printMatcher)
    .sort();
  return name + (texts.length === 0 ? '' : `{${texts.join(',')}}`);
}

/** Formats a matcher as `name="value"`. */
export function printMatcher({ name, operator, value }: Matcher): string {
  return `${isPlainName(name) ? name : quote(name)}${operator}${quote(value)}`;
}

function atText({ at }: TimeModifiers): string {
  if (at === undefined) return '';
  return typeof at === 'number' ? ` @ ${(at / 1000).toFixed(3)}` : ` @ ${at}()`;
}

function extensionText({ extension }: VectorSelector): string {
  return extension === undefined ? '' : ` ${extension}`;
}

function offsetText({ offset }: TimeModifiers): string {
  if (offset === undefined || (offset.kind === 'number' && offset.value === 0)) return '';
  return ` offset ${printDuration(offset)}`;
}

function printNumber({ value, isDuration }: NumberLiteral): string {
  return isDuration ? formatDuration(value * 1000) : formatDecimal(value);
}

function printDuration(duration: Duration): string {
  if (duration.kind === 'number') return formatDuration(Math.round(duration.value * 1000));
  const text = durationText(duration);
  return duration.wrapped ? `(${text})` : text;
}

function durationText({ operator, left, right }: Extract<Duration, { kind: 'duration' }>): string {
  if (operator === 'step' || operator === 'range') return `${operator}()`;
  const [a, b] = [left, right].map((side) =>
    side?.kind === 'number' ? printNumber(side) : side === undefined ? '' : printDuration(side),
  );
  if (operator === 'min_of' || operator === 'max_of') return `${operator}(${a}, ${b})`;
  if (left === undefined) return operator === '-' ? `-${b}` : (b ?? '');
  return `${a} ${operator} ${b}`;
}
