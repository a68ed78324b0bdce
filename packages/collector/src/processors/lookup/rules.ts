import {
  DATA_POINT_FIELDS,
  EncodedAttribute,
  encodeKey,
  LOG_RECORD_FIELDS,
  metricKindOf,
  RESOURCE_FIELDS,
  SPAN_FIELDS,
} from '@otelier/otlp';
import { compileValue } from '../../ottl/compile/compiler.ts';
import type { Getter } from '../../ottl/contexts/access.ts';
import { converters } from '../../ottl/functions/of-context.ts';
import type { Subject } from '../../ottl/record/subject.ts';
import { encodeValue } from '../../ottl/values/codec.ts';
import { textOf } from '../../ottl/values/text.ts';
import { EvaluationError, type Value } from '../../ottl/values/value.ts';
import type { LookupConfig } from './config.ts';
import { exponentText } from './exponent-text.ts';
import type { LookupResult } from './source.ts';

const CONTEXT = { traces: 'span', metrics: 'datapoint', logs: 'log' } as const;
const ATTRIBUTES_FIELD = {
  traces: () => SPAN_FIELDS.attributes,
  metrics: (subject: Subject) => DATA_POINT_FIELDS[metricKindOf(subject.cursor.dataField) ?? 'gauge'].attributes,
  logs: () => LOG_RECORD_FIELDS.attributes,
};

/** A signal that supports lookups. */
export type LookupSignal = keyof typeof CONTEXT;

/** Compiles a lookup key. Throws an `OttlError`. */
export function compileLookupKey(text: string, signal: LookupSignal): Getter {
  const context = CONTEXT[signal];
  return compileValue(text, { context, functions: converters(context), requiresContextNames: true });
}

/** Runs a lookup for an item. `find` returns `undefined` for a key that must be fetched first. */
export type LookupRule = (subject: Subject, find: (key: string) => LookupResult | undefined) => void;

/** Compiles the configured lookups. */
export function compileRules(lookups: LookupConfig['lookups'], signal: LookupSignal): LookupRule[] {
  return lookups.map(({ key, context = 'record', attributes }) => {
    const getKey = compileLookupKey(key, signal);
    const setters = attributes.map((mapping) => compileMapping(mapping, mapping.context ?? context, signal));
    return (subject, find) => {
      const text = keyText(getKey, subject);
      if (text === '') return;
      const result = find(text);
      if (result === undefined || result.kind === 'failed') return;
      for (const set of setters) set(subject, result);
    };
  });
}

type Mapping = LookupConfig['lookups'][number]['attributes'][number];

function compileMapping(
  { source, destination, default: defaultText }: Mapping,
  context: 'record' | 'resource',
  signal: LookupSignal,
): (subject: Subject, result: LookupResult) => void {
  const key = encodeKey(destination);
  const fieldOf = ATTRIBUTES_FIELD[signal];
  const fallback = defaultText === '' ? undefined : { value: defaultText };
  return (subject, result) => {
    const found = resultValue(result, source) ?? (hasFallback(result, source) ? fallback : undefined);
    if (found === undefined) return;
    const isResource = context === 'resource';
    const record = isResource ? subject.resource : subject.item;
    const field = isResource ? RESOURCE_FIELDS.attributes : fieldOf(subject);
    const attribute = EncodedAttribute.ofRaw(key, encodeValue(found.value));
    if (!record.attributes.setEncoded(field, attribute)) record.attributes.set(field, destination, key, found.value);
  };
}

function resultValue(result: LookupResult, source: string): { readonly value: Value } | undefined {
  if (result.kind !== 'found') return undefined;
  const { value } = result;
  if (source === '') return { value };
  return value instanceof Map && value.has(source) ? { value: value.get(source) } : undefined;
}

/**
 * Reports whether the default applies: it does for a field missing from a map, but not for a field of a result that is
 * not a map.
 */
function hasFallback(result: LookupResult, source: string): boolean {
  return result.kind !== 'found' || (source !== '' && result.value instanceof Map);
}

/** Returns the key as a string; empty if there is none. */
function keyText(getKey: Getter, subject: Subject): string {
  try {
    const value = getKey(subject);
    if (value === undefined) return '';
    if (value instanceof Uint8Array) return new TextDecoder().decode(value);
    return typeof value === 'number' ? exponentText(value) : textOf(value);
  } catch (error) {
    if (error instanceof EvaluationError) return '';
    throw error;
  }
}
