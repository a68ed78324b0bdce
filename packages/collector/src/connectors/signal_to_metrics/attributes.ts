import {
  type AttributeValue,
  encodeAnyValue,
  encodeKey,
  FoundAttribute,
  findAttribute,
  WireWriter,
} from '@otelier/otlp';
import { BatchRejection } from '../../component/rewriter.ts';
import type { EncodedAttributes } from '../../metrics/encoded-attributes.ts';
import { compileValue } from '../../ottl/compile/compiler.ts';
import type { Getter } from '../../ottl/contexts/access.ts';
import type { Subject } from '../../ottl/record/subject.ts';
import { EvaluationError, isList, typeName } from '../../ottl/values/value.ts';
import type { ItemContext } from '../tally/items.ts';
import { type AttributeDefinition, hasDefault, optionsOf } from './config.ts';

/** A message that has attributes. */
export interface AttributeOwner {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly field: number;
}

interface SelectedKey {
  readonly name: string;
  readonly key: Uint8Array;
  readonly standard: Uint8Array | undefined;
  readonly isRequired: boolean;
}

type Entry = SelectedKey | { readonly keys: Getter; readonly standard: Uint8Array | undefined };

/** Selects message attributes by key or by key expression. */
export class AttributeSelection {
  readonly isEmpty: boolean;
  readonly #entries: readonly Entry[];
  readonly #fixed: readonly SelectedKey[] | undefined;

  constructor(definitions: readonly AttributeDefinition[], context: ItemContext) {
    this.isEmpty = definitions.length === 0;
    this.#entries = definitions.map((definition): Entry => {
      const standard = hasDefault(definition) ? encodeAnyValue(definition.defaultValue as AttributeValue) : undefined;
      const { key, keysExpression, optional } = definition;
      if (keysExpression !== '') return { keys: compileValue(keysExpression, optionsOf(context)), standard };
      return selectedKey(key, standard, standard === undefined && !optional);
    });
    const fixed = this.#entries.filter((entry): entry is SelectedKey => 'name' in entry);
    this.#fixed = fixed.length === this.#entries.length ? fixed : undefined;
  }

  /** Reports whether a message has all attributes that are not optional and have no default. */
  matches({ bytes, start, end, field }: AttributeOwner): boolean {
    for (const entry of this.#entries)
      if ('name' in entry && entry.isRequired && !findAttribute(bytes, start, end, field, entry.key, found))
        return false;
    return true;
  }

  /** Returns the keys for an item. Throws a `BatchRejection` if an expression fails, regardless of the error mode. */
  resolve(subject: Subject): readonly SelectedKey[] {
    if (this.#fixed !== undefined) return this.#fixed;
    const selected = new Map<string, SelectedKey>();
    // As in the Collector, the last entry for a key wins.
    for (const entry of this.#entries.toReversed()) {
      if ('name' in entry) {
        if (!selected.has(entry.name)) selected.set(entry.name, entry);
        continue;
      }
      for (const name of keysOf(entry.keys, subject).toReversed())
        if (!selected.has(name)) selected.set(name, selectedKey(name, entry.standard, false));
    }
    return [...selected.values()];
  }
}

/** Encodes the selected attributes of a message, with default values for missing ones. */
export function selectAttributes(keys: readonly SelectedKey[], owner: AttributeOwner): EncodedAttributes {
  const { bytes, start, end, field } = owner;
  for (const { name, key, standard } of keys) {
    const isFound = findAttribute(bytes, start, end, field, key, found);
    if (!isFound && standard === undefined) continue;
    writer.open(1);
    writer.stringField(1, name);
    if (isFound) writer.bytesField(2, bytes, found.valueStart, found.valueEnd);
    else if (standard !== undefined) writer.bytesField(2, standard);
    writer.close();
  }
  return writer.finish();
}

function selectedKey(name: string, standard: Uint8Array | undefined, isRequired: boolean): SelectedKey {
  return { name, key: encodeKey(name), standard, isRequired };
}

function keysOf(getter: Getter, subject: Subject): string[] {
  try {
    const value = getter(subject);
    if (value === undefined) return [];
    if (!isList(value)) throw new EvaluationError(`expected a list of keys, got ${typeName(value)}`);
    return value.map((key) => {
      if (typeof key === 'string') return key;
      throw new EvaluationError(`expected a list of texts as keys, got ${typeName(key)}`);
    });
  } catch (error) {
    if (error instanceof EvaluationError) throw new BatchRejection(`keys_expression failed: ${error.message}`);
    throw error;
  }
}

const found = new FoundAttribute();
const writer = new WireWriter(256);
