import { formatDecimal } from '../../promql/format-number.ts';
import type { Matcher } from '../../promql/labels/matcher.ts';
import { formatDuration, quote } from '../../promql/parse/literals.ts';
import type { Expr, Grouping, LabelFilter, LogExpr, Matching, NamedLabel, RangeExpr, Stage, Unwrap } from './ast.ts';

/** Prints an expression in one line, as Loki formats short queries. */
export function printLogql(expr: Expr): string {
  switch (expr.kind) {
    case 'log':
      return printLog(expr);
    case 'range':
      return printRange(expr);
    case 'literal':
      return formatDecimal(expr.value);
    case 'vector':
      return `vector(${formatDecimal(expr.value)})`;
    case 'aggregate': {
      const parameter = expr.parameter === undefined ? '' : `${expr.parameter},`;
      return `${expr.operator}${printGrouping(expr.grouping)}(${parameter}${printLogql(expr.expr)})`;
    }
    case 'label-replace': {
      const texts = [expr.target, expr.replacement, expr.source, expr.pattern].map(quote).join(',');
      return `label_replace(${printLogql(expr.expr)},${texts})`;
    }
    case 'binary': {
      const modifiers = `${expr.returnBool ? ' bool' : ''}${printMatching(expr.matching)}`;
      return `(${printLogql(expr.left)} ${expr.operator}${modifiers} ${printLogql(expr.right)})`;
    }
  }
}

function printLog({ matchers, stages }: LogExpr): string {
  return [`{${matchers.map(printMatcher).join(', ')}}`, ...stages.map(printStage)].join(' ');
}

function printMatcher({ name, operator, value }: Matcher): string {
  return `${name}${operator}${quote(value)}`;
}

function printRange(expr: RangeExpr): string {
  const { operator, parameter, log, unwrap, rangeNanos, offsetNanos, grouping } = expr;
  const pipeline = `${printLog(log)}${printUnwrap(unwrap)}`;
  const offset = offsetNanos === 0 ? '' : ` offset ${formatDuration(offsetNanos / 1e6)}`;
  const before = parameter === undefined ? '' : `${formatDecimal(parameter)},`;
  return `${operator}(${before}${pipeline}[${formatDuration(rangeNanos / 1e6)}]${offset})${printGrouping(grouping)}`;
}

function printUnwrap(unwrap: Unwrap | undefined): string {
  if (unwrap === undefined) return '';
  const { label, conversion, filters } = unwrap;
  const source = conversion === undefined ? label : `${conversion}(${label})`;
  return ` | unwrap ${source}${filters.map((filter) => ` | ${printFilter(filter)}`).join('')}`;
}

function printGrouping(grouping: Grouping | undefined): string {
  if (grouping === undefined) return '';
  return ` ${grouping.without ? 'without' : 'by'} (${grouping.labels.join(', ')})`;
}

function printMatching({ on, labels, cardinality, include }: Matching): string {
  if (!on && labels.length === 0 && cardinality === 'one-to-one') return '';
  const matched = ` ${on ? 'on' : 'ignoring'} (${labels.join(', ')})`;
  if (cardinality === 'one-to-one') return matched;
  return `${matched} ${cardinality === 'many-to-one' ? 'group_left' : 'group_right'} (${include.join(', ')})`;
}

function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'line-filter': {
      const operands = stage.operands.map(({ value, isIp }) => (isIp ? `ip(${quote(value)})` : quote(value)));
      return `${stage.operator} ${operands.join(' or ')}`;
    }
    case 'json':
      return `| json${printExtractions(stage.expressions)}`;
    case 'logfmt': {
      const flags = `${stage.strict ? ' --strict' : ''}${stage.keepEmpty ? ' --keep-empty' : ''}`;
      return `| logfmt${flags}${printExtractions(stage.expressions)}`;
    }
    case 'regexp':
    case 'pattern':
      return `| ${stage.kind} ${quote(stage.text)}`;
    case 'line-format':
      return `| line_format ${quote(stage.text)}`;
    case 'unpack':
    case 'decolorize':
      return `| ${stage.kind}`;
    case 'label-filter':
      return `| ${printFilter(stage.filter)}`;
    case 'label-format': {
      const formats = stage.formats.map(({ name, value, isRename }) => `${name}=${isRename ? value : quote(value)}`);
      return `| label_format ${formats.join(',')}`;
    }
    case 'drop':
    case 'keep':
      return `| ${stage.kind} ${stage.labels.map(printNamed).join(',')}`;
  }
}

function printExtractions(extractions: readonly { readonly name: string; readonly path: string }[]): string {
  const texts = extractions.map(({ name, path }) => `${name}=${quote(path)}`);
  return texts.length === 0 ? '' : ` ${texts.join(',')}`;
}

function printNamed({ name, matcher }: NamedLabel): string {
  return matcher === undefined ? name : printMatcher(matcher);
}

function printFilter(filter: LabelFilter): string {
  switch (filter.kind) {
    case 'string':
      return printMatcher(filter.matcher);
    case 'ip':
      return `${filter.name}${filter.operator}ip(${quote(filter.value)})`;
    case 'and':
      return `( ${printFilter(filter.left)} , ${printFilter(filter.right)} )`;
    case 'or':
      return `( ${printFilter(filter.left)} or ${printFilter(filter.right)} )`;
    default:
      return `${filter.name}${filter.operator}${filter.text}`;
  }
}
