import type { Attribute, AttributeScope, FieldExpression, Intrinsic } from '../../traceql/parse/ast.ts';
import { intrinsicAttribute, scopedAttribute } from '../../traceql/parse/attributes.ts';
import { stringOf, TRUE } from '../../traceql/values/static.ts';
import { any, compare } from './conditions.ts';
import { invalidFilter, objectAt, textAt, unsupported } from './filter-value.ts';

/** What an operator of a filter compares: an attribute or a field of spans. */
export interface Reference {
  /** Several for an attribute that can be one of the span or of its resource. */
  readonly attributes: readonly Attribute[];
  /** The type of its values. That of attributes is known only from spans. */
  readonly type: 'any' | 'text' | 'duration' | 'status' | 'kind';
  /** Whether a span has it. */
  readonly present: FieldExpression;
}

/** Reports whether an operand is an attribute or a field. */
export function isReference(operand: unknown): boolean {
  return typeof operand === 'object' && operand !== null && ('attr' in operand || 'field' in operand);
}

/** Parses an operand that is an attribute or a field. */
export function referenceOf(operand: unknown, path: string): Reference {
  const object = objectAt(operand, path);
  if ('attr' in object) return attributeOf(objectAt(object['attr'], `${path}.attr`), `${path}.attr`);
  if ('field' in object) return fieldOf(objectAt(object['field'], `${path}.field`), `${path}.field`);
  throw invalidFilter(path, 'attr or field', operand);
}

/** The scopes of attributes by their level. Without a level, they are those of spans and resources. */
const SCOPES: Readonly<Record<string, readonly AttributeScope[]>> = {
  '': ['span', 'resource'],
  span: ['span'],
  resource: ['resource'],
  scope: ['instrumentation'],
  event: ['event'],
  link: ['link'],
};

function attributeOf(attr: Readonly<Record<string, unknown>>, path: string): Reference {
  const key = textAt(attr, 'key', path);
  const { level = '' } = attr;
  const scopes = typeof level === 'string' && Object.hasOwn(SCOPES, level) ? SCOPES[level] : undefined;
  if (scopes === undefined) throw invalidFilter(`${path}.level`, LEVELS, level);
  const attributes = scopes.map((scope) => scopedAttribute(scope, key));
  return { attributes, type: 'any', present: any(attributes.map(exists)) };
}
const LEVELS = 'one of span, resource, scope, event and link';

function exists(operand: Attribute): FieldExpression {
  return { kind: 'unary', operator: 'exists', operand };
}

/** Fields by level and name. */
const FIELDS: Readonly<Record<string, Reference>> = {
  'span.name': text('name'),
  'span.statusMessage': text('statusMessage'),
  'span.traceID': text('trace:id'),
  'span.spanID': text('span:id'),
  'span.parentSpanID': text('span:parentID'),
  'span.duration': { ...always('duration'), type: 'duration' },
  'span.status': { ...always('status'), type: 'status' },
  'span.kind': { ...always('kind'), type: 'kind' },
  'resource.service': textOf(scopedAttribute('resource', 'service.name')),
  'scope.name': text('instrumentation:name'),
  'scope.version': text('instrumentation:version'),
  'event.name': text('event:name'),
  'event.timeSinceStart': ofEvent(),
  'link.traceID': text('link:traceID'),
  'link.spanID': text('link:spanID'),
};
/** Fields of Jaeger that conditions of searches cannot read. */
const UNREAD: ReadonlySet<string> = new Set([
  ...['span.traceState', 'span.startTime', 'span.endTime', 'resource.schemaURL', 'scope.schemaURL'],
  ...['event.time', 'link.traceState'],
]);

function fieldOf(field: Readonly<Record<string, unknown>>, path: string): Reference {
  const name = `${textAt(field, 'level', path)}.${textAt(field, 'name', path)}`;
  if (UNREAD.has(name)) throw unsupported(path, `the field ${name}`);
  const found = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (found === undefined) throw invalidFilter(path, `one of the fields ${Object.keys(FIELDS).join(', ')}`, name);
  return found;
}

function text(intrinsic: Intrinsic): Reference {
  return textOf(intrinsicAttribute(intrinsic));
}

function textOf(attribute: Attribute): Reference {
  return { attributes: [attribute], type: 'text', present: compare(attribute, '!=', stringOf('')) };
}

function always(intrinsic: Intrinsic): Pick<Reference, 'attributes' | 'present'> {
  return { attributes: [intrinsicAttribute(intrinsic)], present: { kind: 'static', value: TRUE } };
}

function ofEvent(): Reference {
  const attribute = intrinsicAttribute('event:timeSinceStart');
  return { attributes: [attribute], type: 'duration', present: exists(attribute) };
}
