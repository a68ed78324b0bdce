import type { RecordedAttributes, SelectedSpan } from '@otelier/store';
import type { Attribute, Intrinsic } from '../parse/ast.ts';
import { staticOf } from '../values/recorded.ts';
import { durationOf, type KindName, NIL, type Static, type StatusName, stringOf } from '../values/static.ts';
import type { QuerySpan } from './span.ts';

/** The value of an attribute, or all values of an attribute of events or links, which a span can have several of. */
export type Values = Static | readonly Static[];
export type ReadValues = (span: QuerySpan) => Values;

/** Returns a function that reads an attribute of a span. */
export function attributeReader(attribute: Attribute): ReadValues {
  const { scope, name, intrinsic, parent } = attribute;
  if (intrinsic !== undefined) return INTRINSICS[intrinsic];
  if (parent) return () => NIL;
  switch (scope) {
    case 'span':
      return ({ span }) => staticOf(span.attributes.get(name));
    case 'resource':
      return ({ span }) => staticOf(span.resourceAttributes.get(name));
    case 'instrumentation':
      return ({ span }) => staticOf(span.scopeAttributes.get(name));
    case 'event':
      return ({ span }) => presentValues(span.events, name);
    case 'link':
      return ({ span }) => presentValues(span.links, name);
    case 'none':
      return ({ span }) => staticOf(span.attributes.get(name) ?? span.resourceAttributes.get(name));
  }
}

/** Returns the first of several values. */
export function firstOf(values: Values): Static {
  return isSeveral(values) ? (values[0] ?? NIL) : values;
}

/** Reports whether the values are those of several events or links. */
export function isSeveral(values: Values): values is readonly Static[] {
  return Array.isArray(values);
}

function presentValues(list: readonly { readonly attributes: RecordedAttributes }[], name: string): readonly Static[] {
  return list.flatMap(({ attributes }) => {
    const value = staticOf(attributes.get(name));
    return value.type === 'nil' ? [] : [value];
  });
}

const STATUS: Readonly<Record<string, StatusName>> = { ERROR: 'error', OK: 'ok' };
const KINDS: Readonly<Record<string, KindName>> = {
  INTERNAL: 'internal',
  SERVER: 'server',
  CLIENT: 'client',
  PRODUCER: 'producer',
  CONSUMER: 'consumer',
};

const INTRINSICS: Readonly<Record<Intrinsic, ReadValues>> = {
  duration: ({ span }) => durationOf(span.durationNanos),
  name: ({ span }) => stringOf(span.name),
  status: ({ span }) => ({ type: 'status', value: STATUS[span.statusCode] ?? 'unset' }),
  statusMessage: ({ span }) => stringOf(span.statusMessage),
  kind: ({ span }) => ({ type: 'kind', value: KINDS[span.kind] ?? 'unspecified' }),
  parent: () => NIL,
  rootName: ({ trace }) => (trace === undefined ? NIL : stringOf(trace.rootName)),
  rootServiceName: ({ trace }) => (trace === undefined ? NIL : stringOf(trace.rootServiceName)),
  traceDuration: ({ trace }) => (trace === undefined ? NIL : durationOf(trace.durationNanos)),
  nestedSetLeft: ({ position }) => count(position?.left),
  nestedSetRight: ({ position }) => count(position?.right),
  nestedSetParent: ({ position }) => count(position?.parent),
  'trace:id': ({ span }) => stringOf(span.traceId),
  'span:id': ({ span }) => stringOf(span.spanId),
  'span:parentID': ({ span }) => stringOf(span.parentSpanId),
  'span:childCount': ({ position }) => count(position?.childCount),
  'event:name': ({ span }) => span.events.map(({ name }) => stringOf(name)),
  'event:timeSinceStart': ({ span }) => span.events.map(({ time }) => timeSince(span, time)),
  'link:traceID': ({ span }) => span.links.map(({ traceId }) => stringOf(traceId)),
  'link:spanID': ({ span }) => span.links.map(({ spanId }) => stringOf(spanId)),
  'instrumentation:name': ({ span }) => stringOf(span.scopeName),
  'instrumentation:version': ({ span }) => stringOf(span.scopeVersion),
};

function count(value: number | undefined): Static {
  return value === undefined ? NIL : { type: 'int', value: BigInt(value) };
}

function timeSince({ start }: SelectedSpan, time: bigint): Static {
  return durationOf(time - start);
}
