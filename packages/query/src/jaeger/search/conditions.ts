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
}

/** Returns the condition as an expression over a span. */
export function spanCondition({ service, operation, tags, minDuration, maxDuration }: SpanConditions): FieldExpression {
  const duration = intrinsicAttribute('duration');
  return all([
    ...(service === '' ? [] : [serviceCondition(service)]),
    ...(operation === '' ? [] : [compare(intrinsicAttribute('name'), '=', stringOf(operation))]),
    ...(minDuration === undefined ? [] : [compare(duration, '>=', durationOf(minDuration))]),
    ...(maxDuration === undefined ? [] : [compare(duration, '<=', durationOf(maxDuration))]),
    ...tags.map(([key, value]) => tagCondition(key, value)),
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
  const values: Static[] = [stringOf(text)];
  if (/^-?\d{1,18}$/.test(text)) values.push({ type: 'int', value: BigInt(text) });
  else if (/^-?\d+\.\d+$/.test(text)) values.push(floatOf(Number(text)));
  else if (text === 'true' || text === 'false') values.push({ type: 'bool', value: text === 'true' });
  const scopes = ['span', 'resource', 'event'] as const;
  return any(scopes.flatMap((scope) => values.map((value) => compare(scopedAttribute(scope, key), '=', value))));
}

function compare(left: FieldExpression, operator: BinaryOperator, value: Static): FieldExpression {
  return { kind: 'binary', operator, left, right: { kind: 'static', value } };
}

/** Combines conditions that must all hold. */
export function all(conditions: readonly FieldExpression[]): FieldExpression {
  return joined(conditions, '&&');
}

function any(conditions: readonly FieldExpression[]): FieldExpression {
  return joined(conditions, '||');
}

function joined(conditions: readonly FieldExpression[], operator: '&&' | '||'): FieldExpression {
  const [first, ...others] = conditions;
  if (first === undefined) return { kind: 'static', value: { type: 'bool', value: operator === '&&' } };
  return others.reduce<FieldExpression>((left, right) => ({ kind: 'binary', operator, left, right }), first);
}
