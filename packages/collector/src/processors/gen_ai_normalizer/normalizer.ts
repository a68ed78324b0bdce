import {
  type AttributeEditor,
  anyValueAsText,
  EncodedAttribute,
  encodeAnyValue,
  encodeKey,
  readAnyValue,
} from '@otelier/otlp';
import { coerce } from './coerce.ts';
import { CONVENTIONS, type Convention, type SourceName, type TargetType, targetType } from './mappings.ts';
import { buildMessages, isFlatMessageKey } from './messages.ts';

/** Options for a convention source. */
export interface SourceOptions {
  readonly name: SourceName;
  readonly removeOriginals: boolean;
  readonly overwrite: boolean;
  readonly customMappings: Readonly<Record<string, string>>;
  readonly valueMappings: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Renames attributes from one convention source. */
export interface Normalizer {
  /** Reports whether a message with this attribute key can change. */
  isRelevant(key: string): boolean;
  /** Normalizes the attributes. Returns whether any was set. */
  normalize(editor: AttributeEditor): boolean;
}

interface Target {
  readonly name: string;
  readonly key: Uint8Array;
  readonly type: TargetType;
  /** Replacement values, by the lowercase original values. */
  readonly values: ReadonlyMap<string, string>;
}

/** Creates the normalizer for a convention source. */
export function createNormalizer(options: SourceOptions): Normalizer {
  const { removeOriginals, overwrite } = options;
  const convention: Convention = CONVENTIONS[options.name];
  const targets = new Map(
    Object.entries({ ...convention.names, ...options.customMappings }).map(([from, name]): [string, Target] => [
      from,
      { name, key: encodeKey(name), type: targetType(name), values: valuesOf(name, convention, options) },
    ]),
  );
  const { hasFlatMessages } = convention;

  const rename = (editor: AttributeEditor, from: Uint8Array, target: Target): boolean => {
    const range = editor.value(from);
    if (range === undefined || (editor.has(target.key) && !overwrite)) return false;
    const { bytes, start, end } = range;
    const value = target.values.size === 0 ? undefined : readAnyValue(bytes, start, end);
    const mapped = typeof value === 'string' ? target.values.get(value.toLowerCase()) : undefined;
    const content = mapped === undefined ? coerce(range, target.type) : encodeAnyValue(mapped);
    // A value of another type would break queries for the attribute, so the original is kept.
    if (content === undefined) return false;
    editor.set(EncodedAttribute.ofRaw(target.key, content));
    if (removeOriginals) editor.delete(from);
    return true;
  };
  const joinMessages = (editor: AttributeEditor, keys: readonly { name: string; key: Uint8Array }[]): boolean => {
    const encoded = new Map(keys.map(({ name, key }) => [name, key]));
    const textOf = (name: string): string => {
      const range = editor.value(encoded.get(name) ?? encodeKey(name));
      return range === undefined ? '' : anyValueAsText(range.bytes, range.start, range.end);
    };
    let isChanged = false;
    for (const { target, json, keys: used } of buildMessages([...encoded.keys()], textOf)) {
      if (editor.has(encodeKey(target)) && !overwrite) continue;
      editor.set(EncodedAttribute.of(target, json));
      isChanged = true;
      if (removeOriginals) for (const name of used) editor.delete(encoded.get(name) ?? encodeKey(name));
    }
    return isChanged;
  };
  return {
    isRelevant: (key) => targets.has(key) || (hasFlatMessages && isFlatMessageKey(key)),
    normalize(editor) {
      const keys = editor.keys();
      let isChanged = false;
      for (const { name, key } of keys) {
        const target = targets.get(name);
        if (target !== undefined && rename(editor, key, target)) isChanged = true;
      }
      if (!hasFlatMessages) return isChanged;
      const flat = keys.filter(({ name }) => isFlatMessageKey(name));
      return (flat.length > 0 && joinMessages(editor, flat)) || isChanged;
    },
  };
}

function valuesOf(
  target: string,
  { operations }: Convention,
  { valueMappings }: SourceOptions,
): ReadonlyMap<string, string> {
  const own = Object.hasOwn(valueMappings, target) ? (valueMappings[target] ?? {}) : {};
  const builtIn = target === 'gen_ai.operation.name' ? operations : {};
  return new Map(Object.entries({ ...builtIn, ...own }).map(([from, to]) => [from.toLowerCase(), to]));
}
