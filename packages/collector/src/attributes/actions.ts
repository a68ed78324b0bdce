import { createHash } from 'node:crypto';
import {
  type AttributeEditor,
  AttributePlan,
  type AttributeStep,
  type AttributeValue,
  type BatchContext,
  type ByteRange,
  EncodedAttribute,
  encodeKey,
} from '@otelier/otlp';
import { compilePattern } from '@otelier/query/pattern';
import type { Logger } from 'pino';
import { encodeValue, readValue } from '../ottl/values/codec.ts';
import { parseFloat64, parseInteger, truncate } from '../ottl/values/convert.ts';
import { attributeText } from '../ottl/values/text.ts';
import { EvaluationError, type Value } from '../ottl/values/value.ts';
import type { AttributeAction } from './field.ts';

/** Runs an action. `context` is the batch context. */
export type AttributeEdit = (editor: AttributeEditor, context: BatchContext) => void;

/**
 * Compiles actions into a faster plan if each of them deletes an attribute or sets it to a constant, and no two have
 * the same key.
 */
export function planOf(actions: readonly AttributeAction[]): AttributePlan | undefined {
  const steps: AttributeStep[] = [];
  for (const action of actions) {
    const { action: kind, pattern, fromAttribute, fromContext, value, defaultValue } = action;
    const key = encodeKey(action.key);
    if (kind === 'delete' && pattern === '') steps.push({ kind, key });
    else if (kind === 'insert' || kind === 'update' || kind === 'upsert') {
      const attribute = constantOf(key, value) ?? constantOf(key, defaultValue);
      if (attribute === undefined || fromAttribute !== '' || fromContext !== '') return undefined;
      steps.push({ kind, attribute });
    } else return undefined;
  }
  return AttributePlan.of(steps);
}

/** Compiles an action. Keys and constant values are encoded once. */
export function compileAction(action: AttributeAction): AttributeEdit {
  const key = encodeKey(action.key);
  switch (action.action) {
    case 'delete':
      return forKeys(action, key, (editor, found) => void editor.delete(found));
    case 'hash':
      return forKeys(action, key, (editor, found) => replaceValue(editor, found, hashOf));
    case 'extract':
      return extraction(key, action.pattern);
    case 'convert': {
      const convert = conversionTo(action.convertedType);
      return (editor) => replaceValue(editor, key, convert);
    }
    default:
      return setting(action, key);
  }
}

function setting(action: AttributeAction, key: Uint8Array): AttributeEdit {
  const source = sourceOf(action, key);
  const inserts = action.action !== 'update';
  const updates = action.action !== 'insert';
  return (editor, context) => {
    if (!(editor.has(key) ? updates : inserts)) return;
    const attribute = source(editor, context);
    if (attribute !== undefined) editor.set(attribute);
  };
}

type Source = (editor: AttributeEditor, context: BatchContext) => EncodedAttribute | undefined;

function sourceOf({ value, fromAttribute, fromContext, defaultValue }: AttributeAction, key: Uint8Array): Source {
  const fixed = constantOf(key, value);
  if (fixed !== undefined) return () => fixed;
  const fallback = constantOf(key, defaultValue);
  if (fromContext !== '') {
    return (_, context) => {
      const text = contextValue(fromContext, context);
      return text === undefined ? fallback : EncodedAttribute.ofKey(key, text);
    };
  }
  if (fromAttribute === '') return () => fallback;
  const source = encodeKey(fromAttribute);
  return (editor) => {
    const range = editor.value(source);
    return range === undefined ? fallback : EncodedAttribute.ofRaw(key, range.bytes, range.start, range.end);
  };
}

function constantOf(key: Uint8Array, value: unknown): EncodedAttribute | undefined {
  return value === undefined || value === null ? undefined : EncodedAttribute.ofKey(key, attributeValue(value));
}

/** Converts a YAML value. `null` becomes OTLP's empty value. */
function attributeValue(value: unknown): AttributeValue {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(attributeValue);
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, attributeValue(part)]));
  return value as AttributeValue;
}

const METADATA = 'metadata.';
const AUTH = 'auth.';
const SUBJECT = 'auth.subject';
const ADDRESS = 'client.address';

/** Warns about contexts that the Collector supports and otelier does not; the default value is used for them. */
export function warnOfMissingContexts(actions: readonly AttributeAction[], logger: Pick<Logger, 'warn'>): void {
  for (const { fromContext } of actions)
    if (fromContext.startsWith(AUTH) && fromContext !== SUBJECT)
      logger.warn({ fromContext }, 'this context has no value in otelier: using the default value');
}

function contextValue(name: string, { metadata, subject, peer }: BatchContext): string | undefined {
  if (name.startsWith(AUTH)) return name === SUBJECT ? subject : undefined;
  if (name === ADDRESS) return peer;
  // As in the Collector, other names refer to headers, and multiple values of a header are joined with a semicolon.
  const header = name.startsWith(METADATA) ? name.slice(METADATA.length) : name;
  const values = metadata[header.toLowerCase()];
  return values === undefined || values.length === 0 ? undefined : values.join(';');
}

/** Applies a change to an action's key and to all keys that match its pattern. */
function forKeys(
  { pattern }: AttributeAction,
  key: Uint8Array,
  change: (editor: AttributeEditor, key: Uint8Array) => void,
): AttributeEdit {
  if (pattern === '') return (editor) => change(editor, key);
  const matching = compilePattern(pattern);
  return (editor) => {
    change(editor, key);
    for (const found of editor.keys()) if (matching.test(found.name)) change(editor, found.key);
  };
}

/**
 * Replaces the value of an attribute, if it exists, with the result of `convert`. The attribute stays unchanged if that
 * is `undefined`.
 */
function replaceValue(editor: AttributeEditor, key: Uint8Array, convert: (range: ByteRange) => Value): void {
  const range = editor.value(key);
  const value = range === undefined ? undefined : convert(range);
  if (value !== undefined) editor.set(EncodedAttribute.ofRaw(key, encodeValue(value)));
}

/** Returns the hash of a string, number or boolean, and an empty string for other values. */
function hashOf({ bytes, start, end }: ByteRange): string {
  const input = hashedBytes(readValue(bytes, start, end));
  return input === undefined ? '' : createHash('sha256').update(input).digest('hex');
}

/** Returns the bytes that the Collector hashes: UTF-8 strings, 8-byte little-endian numbers, 1-byte booleans. */
function hashedBytes(value: Value): string | Uint8Array | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0);
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const view = new DataView(new ArrayBuffer(8));
  if (typeof value === 'number') view.setFloat64(0, value, true);
  else view.setBigInt64(0, value, true);
  return new Uint8Array(view.buffer);
}

function extraction(key: Uint8Array, source: string): AttributeEdit {
  const pattern = compilePattern(source);
  const groups = pattern.groupNames.map((name) => ({ name, key: encodeKey(name) }));
  return (editor) => {
    const range = editor.value(key);
    const value = range === undefined ? undefined : readValue(range.bytes, range.start, range.end);
    const found = typeof value === 'string' ? pattern.groups(value) : undefined;
    if (found === undefined) return;
    for (const group of groups) editor.set(EncodedAttribute.ofKey(group.key, found[group.name] ?? ''));
  };
}

/**
 * Returns a function that converts values to a type. It returns `undefined` for values that already have that type or
 * cannot be converted.
 */
function conversionTo(type: string): (range: ByteRange) => Value {
  const convert = type === 'string' ? asText : type === 'int' ? asInteger : asDouble;
  return ({ bytes, start, end }) => {
    const value = readValue(bytes, start, end);
    try {
      return convert(value);
    } catch (error) {
      if (error instanceof EvaluationError) return undefined;
      throw error;
    }
  };
}

function asText(value: Value): string | undefined {
  return typeof value === 'string' ? undefined : attributeText(value);
}

function asInteger(value: Value): bigint | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return truncate(value);
  return typeof value === 'string' ? parseInteger(value) : undefined;
}

function asDouble(value: Value): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' ? parseFloat64(value) : undefined;
}
