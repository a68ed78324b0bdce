import type { FieldExpression, SpansetExpression } from '../../traceql/parse/ast.ts';
import { intrinsicAttribute, scopedAttribute } from '../../traceql/parse/attributes.ts';
import { stringOf } from '../../traceql/values/static.ts';
import { TempoProblem } from '../problem.ts';
import { parseLogfmt } from './logfmt.ts';

/** Parameters that are not tags. */
const RESERVED = new Set(['q', 'tags', 'minDuration', 'maxDuration', 'limit', 'spss', 'start', 'end']);

/** Tags that are intrinsics. */
const INTRINSICS = {
  name: 'name',
  status: 'status',
  'status.code': 'status',
  'root.name': 'rootName',
  'root.service.name': 'rootServiceName',
} as const;

/** Returns the filter for the parameter `tags`: each tag is a case-insensitive part of a value. */
export function tagsQuery(parameters: URLSearchParams): SpansetExpression {
  const tags = parameters.get('tags') ?? '';
  const isRange = parameters.has('start') || parameters.has('end');
  // Older versions of Grafana send each tag as a parameter of its own.
  const pairs = tags !== '' || isRange ? parseLogfmt(tags) : [...parameters].filter(([name]) => !RESERVED.has(name));
  const seen = new Set<string>();
  let condition: FieldExpression | undefined;
  for (const [key, value] of pairs) {
    if (value === '') continue;
    if (seen.has(key)) throw new TempoProblem(400, `invalid tags: tag ${key} has been set twice`);
    seen.add(key);
    const test = tagCondition(key, value);
    condition = condition === undefined ? test : { kind: 'binary', operator: '&&', left: condition, right: test };
  }
  return { kind: 'filter', condition: condition ?? { kind: 'static', value: { type: 'bool', value: true } } };
}

function tagCondition(key: string, value: string): FieldExpression {
  const intrinsic = Object.hasOwn(INTRINSICS, key) ? INTRINSICS[key as keyof typeof INTRINSICS] : undefined;
  if (intrinsic === 'status') {
    const status = (['ok', 'error', 'unset'] as const).find((name) => name === value.toLowerCase());
    if (status === undefined)
      throw new TempoProblem(400, `invalid tags: expected a status of ok, error or unset, got ${value}`);
    return comparison(intrinsicAttribute('status'), '=', { kind: 'static', value: { type: 'status', value: status } });
  }
  if (intrinsic !== undefined) return contains(intrinsicAttribute(intrinsic), value);
  const attribute = scopedAttribute('none', key);
  const exact = literalOf(value);
  const text = contains(attribute, value);
  if (exact === undefined) return text;
  return { kind: 'binary', operator: '||', left: text, right: comparison(attribute, '=', exact) };
}

function contains(attribute: FieldExpression, value: string): FieldExpression {
  const pattern = `(?i:.*${value.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}.*)`;
  return comparison(attribute, '=~', { kind: 'static', value: stringOf(pattern) });
}

/** Returns a value that is not a text: a number or a boolean. */
function literalOf(text: string): FieldExpression | undefined {
  if (text === 'true' || text === 'false') return { kind: 'static', value: { type: 'bool', value: text === 'true' } };
  if (/^-?\d{1,18}$/.test(text)) return { kind: 'static', value: { type: 'int', value: BigInt(text) } };
  return /^-?\d+\.\d+$/.test(text) ? { kind: 'static', value: { type: 'float', value: Number(text) } } : undefined;
}

function comparison(left: FieldExpression, operator: '=' | '=~', right: FieldExpression): FieldExpression {
  return { kind: 'binary', operator, left, right };
}
