import type { Expr } from './ast.ts';
import { aggregateText, operatorText, printExpr, subqueryText } from './print.ts';

/** The length from which an expression is split into lines. */
const MAX_LENGTH = 100;

/** Formats an expression for people: long ones on several lines, as Prometheus does. */
export function prettify(expr: Expr, level = 0): string {
  const indent = '  '.repeat(level);
  const line = printExpr(expr);
  if (expr.kind === 'unary') return `${indent}${expr.operator}${prettify(expr.expr, level).trim()}`;
  if (expr.kind === 'subquery') {
    return line.length > MAX_LENGTH ? prettify(expr.expr, level) + subqueryText(expr) : line;
  }
  if (line.length <= MAX_LENGTH) return indent + line;
  switch (expr.kind) {
    case 'aggregate': {
      const parameter = expr.parameter === undefined ? '' : `${prettify(expr.parameter, level + 1)},\n`;
      return `${indent}${aggregateText(expr)}(\n${parameter}${prettify(expr.expr, level + 1)}\n${indent})`;
    }
    case 'binary': {
      const [left, right] = [prettify(expr.left, level + 1), prettify(expr.right, level + 1)];
      return `${left}\n${indent}${operatorText(expr)}\n${right}`;
    }
    case 'call': {
      const args = expr.args.map((arg) => prettify(arg, level + 1)).join(',\n');
      return `${indent}${expr.name}(\n${args}\n${indent})`;
    }
    case 'paren':
      return `${indent}(\n${prettify(expr.expr, level + 1)}\n${indent})`;
    default:
      return indent + line;
  }
}
