import {
  type AttributeEditor,
  EncodedAttribute,
  encodeKey,
  findField,
  type ItemCursor,
  payloadEnd,
  payloadStart,
  readString,
  replaceField,
  SPAN_FIELDS,
  WireWriter,
} from '@otelier/otlp';
import { compilePattern, type Pattern } from '@otelier/query/pattern';
import { readValue } from '../../ottl/values/codec.ts';
import { plainText } from '../../ottl/values/plain-text.ts';

/** How span names are changed. */
export interface Naming {
  readonly fromAttributes: readonly string[];
  readonly separator: string;
  readonly toAttributes: {
    readonly rules: readonly string[];
    readonly breakAfterMatch: boolean;
    readonly keepOriginalName: boolean;
  };
}

/** Returns the change to a span's name and to the attributes extracted from it. */
export function spanNaming({
  fromAttributes,
  separator,
  toAttributes,
}: Naming): (cursor: ItemCursor, editor: AttributeEditor) => void {
  const keys = fromAttributes.map(encodeKey);
  const rules = toAttributes.rules.map((rule) => compileRule(rule));
  return (cursor, editor) => {
    const formed = keys.length === 0 ? undefined : nameFrom(editor, keys, separator);
    let name = formed;
    if (rules.length > 0) {
      const before = formed ?? nameOf(cursor);
      const after = extract(before, editor, rules, toAttributes);
      if (after !== before) name = after;
    }
    if (name !== undefined) setName(cursor, name);
  };
}

/** Placeholder for lists, maps, bytes and empty values, as in the Collector. */
const UNKNOWN_TYPE = '<unknown-attribute-type>';

/** Returns the name composed of attribute values, or `undefined` if any attribute is missing. */
function nameFrom(editor: AttributeEditor, keys: readonly Uint8Array[], separator: string): string | undefined {
  let name = '';
  for (const [index, key] of keys.entries()) {
    const range = editor.value(key);
    if (range === undefined) return undefined;
    if (index > 0) name += separator;
    name += plainText(readValue(range.bytes, range.start, range.end)) ?? UNKNOWN_TYPE;
  }
  return name;
}

interface Rule {
  readonly pattern: Pattern;
  /** The groups, by name and attribute key. */
  readonly groups: readonly { readonly name: string; readonly key: Uint8Array }[];
}

function compileRule(source: string): Rule {
  const pattern = compilePattern(source);
  const groups = pattern.names.map((name = '') => ({ name, key: encodeKey(name) }));
  return { pattern, groups };
}

/** Sets the groups of matching rules as attributes, and returns the name with group names in their place. */
function extract(
  original: string,
  editor: AttributeEditor,
  rules: readonly Rule[],
  { breakAfterMatch, keepOriginalName }: Naming['toAttributes'],
): string {
  let name = original;
  if (name === '') return name;
  for (const { pattern, groups } of rules) {
    const ranges = pattern.ranges(name);
    if (ranges === undefined) continue;
    let renamed = '';
    let at = 0;
    for (let number = 1; number < ranges.length; number++) {
      const { start, end } = ranges[number] as { start: number; end: number };
      const { name: group, key } = groups[number] as Rule['groups'][number];
      editor.set(EncodedAttribute.ofKey(key, start < 0 ? '' : name.slice(start, end)));
      // A nested group, or one that did not participate in the match, has no position of its own in the name.
      if (start < at) continue;
      renamed += `${name.slice(at, start)}{${group}}`;
      at = end;
    }
    if (!keepOriginalName) name = renamed + name.slice(at);
    if (breakAfterMatch) break;
  }
  return name;
}

function nameOf({ bytes, start, end }: ItemCursor): string {
  const value = findField(bytes, start, end, SPAN_FIELDS.name);
  return value < 0 ? '' : readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}

const writer = new WireWriter(64);

function setName({ splices, bytes, start, end }: ItemCursor, name: string): void {
  writer.stringField(SPAN_FIELDS.name, name);
  replaceField(splices, bytes, start, end, SPAN_FIELDS.name, writer.finish());
}
