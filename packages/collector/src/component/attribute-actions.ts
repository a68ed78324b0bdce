import { createHash } from 'node:crypto';
import {
  ANY_VALUE_FIELDS,
  type AttributeEditor,
  type AttributeValue,
  anyValueAsText,
  anyValueKind,
  type BatchContext,
  EncodedAttribute,
  encodeAnyValue,
  encodeKey,
  readAnyValue,
  WireWriter,
} from '@otelier/otlp';
import { compilePattern, type Pattern } from '@otelier/query/pattern';
import { patternError } from './pattern.ts';
import { z } from './schema.ts';

const VALUE_FIELDS = ['value', 'fromAttribute', 'fromContext'] as const;

/** Returns the field for a list of attribute actions, as in the Collector's `attributes` and `resource` processors. */
export function attributeActionsField(target: string) {
  return z.array(attributeAction()).prefault([]).describe(`Actions on the attributes of ${target}, in this order.`);
}

function attributeAction() {
  return z
    .object({
      key: z.string().min(1).optional().describe('Key of the attribute.'),
      action: z
        .string()
        .transform((text) => text.toLowerCase())
        .pipe(z.enum(['insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert']))
        .describe(
          '`insert` adds a missing attribute, `update` changes an existing one, `upsert` does both, `delete` removes it, `hash` replaces the value with its SHA-256 hash, `extract` sets the named groups of `pattern`, `convert` changes the type.',
        ),
      value: z.unknown().optional().describe('Value to set: a string, number, boolean, list or map.'),
      fromAttribute: z.string().optional().describe('Attribute to copy the value from.'),
      fromContext: z
        .string()
        .optional()
        .describe(
          'Request context to copy the value from: `metadata.NAME` (a header, with `include_metadata`) or `auth.subject`.',
        ),
      defaultValue: z.unknown().optional().describe('Value to set if the other source has no value.'),
      pattern: z
        .string()
        .optional()
        .describe(
          'Regular expression. For `delete` and `hash`, it matches further keys. For `extract`, it must have named groups.',
        ),
      convertedType: z.enum(['int', 'double', 'string']).optional().describe('Type to convert the value to.'),
    })
    .superRefine((action, issues) => {
      for (const message of errorsOf(action)) issues.addIssue({ code: 'custom', message });
      for (const message of patternErrors(action)) issues.addIssue({ code: 'custom', path: ['pattern'], message });
    });
}

/** An action on attributes. */
export type AttributeAction = z.output<ReturnType<typeof attributeAction>>;

/** Runs an action. `context` is the context of the batch. */
export type AttributeEdit = (editor: AttributeEditor, context: BatchContext) => void;

/** Compiles an action. Keys and constant values are encoded once. */
export function compileAction(action: AttributeAction): AttributeEdit {
  const key = encodeKey(action.key ?? '');
  switch (action.action) {
    case 'delete':
      return forKeys(action, key, (editor, found) => void editor.delete(found));
    case 'hash':
      return forKeys(action, key, hashValue);
    case 'extract':
      return extraction(key, compilePattern(action.pattern ?? ''));
    case 'convert':
      return (editor) => convertValue(editor, key, action.convertedType ?? 'string');
    default: {
      const source = sourceOf(action, key);
      const { action: verb } = action;
      return (editor, context) => {
        if (verb !== 'upsert' && editor.has(key) === (verb === 'insert')) return;
        const attribute = source(editor, context);
        if (attribute !== undefined) editor.set(attribute);
      };
    }
  }
}

type WrittenAction = Omit<AttributeAction, 'convertedType'> & { readonly convertedType?: string | undefined };

function errorsOf(written: WrittenAction): string[] {
  const { action, pattern, convertedType } = written;
  return [
    ...keyErrors(written),
    ...valueErrors(written),
    ...(action === 'convert' && convertedType === undefined
      ? ['expected `converted_type` (int, double or string) for convert']
      : []),
    ...(action !== 'convert' && convertedType !== undefined ? [`expected no \`converted_type\` for ${action}`] : []),
    ...(action === 'extract' && pattern === undefined ? ['expected a `pattern` with named groups for extract'] : []),
    ...(action === 'convert' && pattern !== undefined ? ['expected no `pattern` for convert'] : []),
  ];
}

function keyErrors({ key, action, pattern }: WrittenAction): string[] {
  if (key !== undefined) return [];
  if (action !== 'delete' && action !== 'hash') return [`expected \`key\` for ${action}`];
  return pattern === undefined ? [`expected \`key\` or \`pattern\` for ${action}`] : [];
}

function valueErrors(written: WrittenAction): string[] {
  const { action, pattern, defaultValue } = written;
  const sources = VALUE_FIELDS.filter((field) => written[field] !== undefined && written[field] !== null);
  if (action !== 'insert' && action !== 'update' && action !== 'upsert')
    return sources.length > 0 ? [`expected no value for ${action}`] : [];
  const errors: string[] = [];
  if (sources.length === 0 && defaultValue === undefined)
    errors.push(`expected \`value\`, \`from_attribute\`, \`from_context\` or \`default_value\` for ${action}`);
  if (sources.length > 1)
    errors.push(`expected one of \`value\`, \`from_attribute\` and \`from_context\`, got ${sources.length}`);
  if (pattern !== undefined) errors.push(`expected no \`pattern\` for ${action}`);
  return errors;
}

function patternErrors({ pattern, action }: WrittenAction): string[] {
  if (pattern === undefined) return [];
  const error = patternError(pattern);
  if (error !== undefined) return [error];

  const names = compilePattern(pattern).groupNames;
  return action === 'extract' && names.length === 0
    ? [`expected named groups such as (?P<user>\\w+), got "${pattern}"`]
    : [];
}

/** Applies a change to the key of an action, and to all keys that match its pattern. */
function forKeys(
  { key, pattern }: AttributeAction,
  encoded: Uint8Array,
  change: (editor: AttributeEditor, key: Uint8Array) => void,
): AttributeEdit {
  const matching = pattern === undefined ? undefined : compilePattern(pattern);
  return (editor) => {
    if (key !== undefined) change(editor, encoded);
    if (matching === undefined) return;
    for (const found of editor.keys()) if (matching.test(found.name)) change(editor, found.key);
  };
}

type Source = (editor: AttributeEditor, context: BatchContext) => EncodedAttribute | undefined;

function sourceOf(
  { key = '', value, fromAttribute, fromContext, defaultValue }: AttributeAction,
  encodedKey: Uint8Array,
): Source {
  const fallback = defaultValue === undefined ? undefined : EncodedAttribute.of(key, attributeValue(defaultValue));
  if (value !== undefined && value !== null) {
    const constant = EncodedAttribute.of(key, attributeValue(value));
    return () => constant;
  }
  if (fromContext !== undefined) {
    return (_, context) => {
      const text = contextValue(fromContext, context);
      return text === undefined ? fallback : EncodedAttribute.of(key, text);
    };
  }
  if (fromAttribute === undefined) return () => fallback;
  const source = encodeKey(fromAttribute);
  return (editor) => {
    const range = editor.value(source);
    return range === undefined ? fallback : EncodedAttribute.ofRaw(encodedKey, range.bytes, range.start, range.end);
  };
}

function contextValue(name: string, { metadata, subject }: BatchContext): string | undefined {
  if (name === 'auth.subject') return subject;
  if (!name.startsWith('metadata.')) return undefined;
  // The Collector joins multiple values of a header with a semicolon.
  return metadata[name.slice('metadata.'.length).toLowerCase()]?.join(';');
}

function hashValue(editor: AttributeEditor, key: Uint8Array): void {
  const range = editor.value(key);
  if (range === undefined) return;
  const bytes = hashedBytes(
    readAnyValue(range.bytes, range.start, range.end),
    anyValueKind(range.bytes, range.start, range.end) === 'double',
  );
  const digest = bytes === undefined ? '' : createHash('sha256').update(bytes).digest('hex');
  setRaw(editor, key, (writer) => writer.stringField(ANY_VALUE_FIELDS.string, digest));
}

/** Returns the bytes that the Collector hashes: UTF-8 strings, 8-byte little-endian numbers, 1-byte booleans. */
function hashedBytes(value: AttributeValue, isDouble: boolean): Uint8Array | undefined {
  if (typeof value === 'string') return new TextEncoder().encode(value);
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0);
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const view = new DataView(new ArrayBuffer(8));
  if (isDouble) view.setFloat64(0, Number(value), true);
  else view.setBigInt64(0, BigInt(value), true);
  return new Uint8Array(view.buffer);
}

function extraction(key: Uint8Array, pattern: Pattern): AttributeEdit {
  return (editor) => {
    const range = editor.value(key);
    const value = range === undefined ? undefined : readAnyValue(range.bytes, range.start, range.end);
    if (typeof value !== 'string') return;
    for (const [name, text] of Object.entries(pattern.groups(value) ?? {})) editor.set(EncodedAttribute.of(name, text));
  };
}

function convertValue(editor: AttributeEditor, key: Uint8Array, type: 'int' | 'double' | 'string'): void {
  const range = editor.value(key);
  if (range === undefined) return;
  const { bytes, start, end } = range;
  const kind = anyValueKind(bytes, start, end);
  if (kind === type) return;
  if (type === 'string') {
    const text = anyValueAsText(bytes, start, end);
    setRaw(editor, key, (writer) => writer.stringField(ANY_VALUE_FIELDS.string, text));
    return;
  }
  const value = readAnyValue(bytes, start, end);
  const number = type === 'int' ? asInteger(value) : asDouble(value);
  if (number === undefined) return;
  if (typeof number === 'bigint') setRaw(editor, key, (writer) => writer.raw(encodeAnyValue(number)));
  else setRaw(editor, key, (writer) => writeDouble(writer, number));
}

function writeDouble(writer: WireWriter, value: number): void {
  writer.doubleField(ANY_VALUE_FIELDS.double, value);
}

function asInteger(value: AttributeValue): bigint | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
  return typeof value === 'string' &&
    /^[+-]?\d+$/.test(value) &&
    BigInt.asIntN(64, BigInt(value.replace('+', ''))) === BigInt(value.replace('+', ''))
    ? BigInt(value.replace('+', ''))
    : undefined;
}

function asDouble(value: AttributeValue): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) ? Number(value) : undefined;
}

const writer = new WireWriter(256);

/** Sets a value whose type cannot be derived from a JavaScript value, such as a double without a fraction. */
function setRaw(editor: AttributeEditor, key: Uint8Array, write: (writer: WireWriter) => void): void {
  write(writer);
  editor.set(EncodedAttribute.ofRaw(key, writer.finish()));
}

/** Converts a YAML value. `null` is the empty value of OTLP. */
function attributeValue(value: unknown): AttributeValue {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(attributeValue);
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, attributeValue(part)]));
  return value as AttributeValue;
}
