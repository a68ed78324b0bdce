import type { BinaryOperator, FieldExpression } from '../../traceql/parse/ast.ts';
import { intrinsicAttribute, scopedAttribute } from '../../traceql/parse/attributes.ts';
import { durationOf, floatOf, type KindName, type Static, stringOf } from '../../traceql/values/static.ts';

/** What a span of a trace must satisfy. */
export interface SpanConditions {
  readonly service: string;
  readonly operation: string;
  /** Texts that attributes of the span, its resource or its events must have. */
  readonly tags: readonly (readonly [string, string])[];
  readonly minDuration: bigint | undefined;
  readonly maxDuration: bigint | undefined;
  readonly filter?: FieldExpression | undefined;
}

/** Returns the condition as an expression over a span. */
export function spanCondition(conditions: SpanConditions): FieldExpression {
  const { service, operation, tags, minDuration, maxDuration, filter } = conditions;
  const duration = intrinsicAttribute('duration');
  return all([
    ...(service === '' ? [] : [serviceCondition(service)]),
    ...(operation === '' ? [] : [compare(intrinsicAttribute('name'), '=', stringOf(operation))]),
    ...(minDuration === undefined ? [] : [compare(duration, '>=', durationOf(minDuration))]),
    ...(maxDuration === undefined ? [] : [compare(duration, '<=', durationOf(maxDuration))]),
    ...tags.map(([key, value]) => tagCondition(key, value)),
    ...(filter === undefined ? [] : [filter]),
  ]);
}

/** Returns the condition for spans of a service. */
export function serviceCondition(service: string): FieldExpression {
  return compare(scopedAttribute('resource', 'service.name'), '=', stringOf(service));
}

/** Returns the condition for spans of one of some kinds. */
export function kindCondition(kinds: readonly KindName[]): FieldExpression {
  return any(kinds.map((kind) => compare(intrinsicAttribute('kind'), '=', { type: 'kind', value: kind })));
}

const KINDS: readonly KindName[] = ['unspecified', 'internal', 'client', 'server', 'producer', 'consumer'];

/** Returns a kind of span by its name. */
export function kindOf(name: string): KindName | undefined {
  return KINDS.find((kind) => kind === name.toLowerCase());
}

function tagCondition(key: string, value: string): FieldExpression {
  const attribute = attributeCondition(key, value);
  switch (key) {
    case 'error':
      return value === 'true' ? any([status('error'), attribute]) : attribute;
    case 'span.kind': {
      const kind = kindOf(value);
      return kind === undefined ? attribute : any([kindCondition([kind]), attribute]);
    }
    case 'otel.status_code': {
      const code = (['ok', 'error', 'unset'] as const).find((name) => name === value.toLowerCase());
      return code === undefined ? attribute : any([status(code), attribute]);
    }
    case 'otel.status_description':
      return compare(intrinsicAttribute('statusMessage'), '=', stringOf(value));
    case 'otel.scope.name':
    case 'otel.library.name':
      return any([compare(intrinsicAttribute('instrumentation:name'), '=', stringOf(value)), attribute]);
    case 'otel.scope.version':
    case 'otel.library.version':
      return any([compare(intrinsicAttribute('instrumentation:version'), '=', stringOf(value)), attribute]);
    case 'event':
      return any([compare(intrinsicAttribute('event:name'), '=', stringOf(value)), attribute]);
    default:
      return attribute;
  }
}

function status(value: 'ok' | 'error' | 'unset'): FieldExpression {
  return compare(intrinsicAttribute('status'), '=', { type: 'status', value });
}

/** An attribute has the text if it is the text, or the number or boolean that is written so. */
function attributeCondition(key: string, text: string): FieldExpression {
  const values = literalsOf(text);
  const scopes = ['span', 'resource', 'event'] as const;
  return any(scopes.flatMap((scope) => values.map((value) => compare(scopedAttribute(scope, key), '=', value))));
}

/** Returns the values that are written as a text: the text, and perhaps a number or a boolean. */
export function literalsOf(text: string): readonly Static[] {
  const values: Static[] = [stringOf(text)];
  if (/^-?\d{1,18}$/.test(text)) values.push({ type: 'int', value: BigInt(text) });
  else if (/^-?\d+\.\d+$/.test(text)) values.push(floatOf(Number(text)));
  else if (text === 'true' || text === 'false') values.push({ type: 'bool', value: text === 'true' });
  return values;
}

/** Returns the comparison of an expression with a value. */
export function compare(left: FieldExpression, operator: BinaryOperator, value: Static): FieldExpression {
  return { kind: 'binary', operator, left, right: { kind: 'static', value } };
}

/** Combines conditions that must all hold. */
export function all(conditions: readonly FieldExpression[]): FieldExpression {
  return joined(conditions, '&&');
}

/** Combines conditions of which one must hold. */
export function any(conditions: readonly FieldExpression[]): FieldExpression {
  return joined(conditions, '||');
}

/** Joins conditions as a tree whose depth grows with the logarithm of their number, because evaluation is recursive. */
function joined(conditions: readonly FieldExpression[], operator: '&&' | '||'): FieldExpression {
  const [first, second] = conditions;
  if (first === undefined) return { kind: 'static', value: { type: 'bool', value: operator === '&&' } };
  if (second === undefined) return first;
  const middle = Math.ceil(conditions.length / 2);
  const left = joined(conditions.slice(0, middle), operator);
  return { kind: 'binary', operator, left, right: joined(conditions.slice(middle), operator) };
}
