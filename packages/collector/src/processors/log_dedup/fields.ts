import {
  ANY_VALUE_FIELDS,
  anyValueKind,
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
  readKey,
  Splices,
  TrustedReader,
} from '@otelier/otlp';
import type { CanonicalKey, Exclusions } from '../../component/state/canonical-key.ts';
import { readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';

/** The parts of a record that contain fields. */
type Root = 'body' | 'attributes';

/** A field of a record, such as `attributes.src.ip`. */
export interface FieldPath {
  readonly root: Root;
  readonly keys: readonly string[];
}

/** Parses a field: parts are separated by dots, and `\.` is a literal dot. Returns `undefined` for an unknown root. */
export function parseField(text: string): FieldPath | undefined {
  const [root, ...keys] = text.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'));
  return root === 'body' || root === 'attributes' ? { root, keys } : undefined;
}

/** The excluded fields of a record, as trees. */
export interface ExcludedFields {
  readonly body: Exclusions | undefined;
  /** `all` excludes all attributes. */
  readonly attributes: Exclusions | 'all' | undefined;
}

/** Returns the trees of excluded fields. */
export function excludedFields(paths: readonly FieldPath[]): ExcludedFields {
  const attributes = paths.filter(({ root }) => root === 'attributes').map(({ keys }) => keys);
  const body = paths.filter(({ root }) => root === 'body').map(({ keys }) => keys);
  return {
    body: body.length === 0 ? undefined : treeOf(body),
    attributes: attributes.some((keys) => keys.length === 0)
      ? 'all'
      : attributes.length === 0
        ? undefined
        : treeOf(attributes),
  };
}

function treeOf(paths: readonly (readonly string[])[]): Exclusions {
  const tree = new Map<string, Exclusions | 'all'>();
  for (const [first, rest] of Map.groupBy(paths, ([key = '']) => key)) {
    const inner = rest.map((keys) => keys.slice(1));
    tree.set(first, inner.some((keys) => keys.length === 0) ? 'all' : treeOf(inner));
  }
  return tree;
}

/** Returns the record without its excluded fields. */
export function removeFields(record: Uint8Array, { body, attributes }: ExcludedFields): Uint8Array {
  const splices = new Splices();
  const reader = new TrustedReader(record);
  while (reader.next()) {
    if (reader.field === LOG_RECORD_FIELDS.attributes && attributes === 'all') splices.remove(reader.start, reader.end);
    else if (reader.field === LOG_RECORD_FIELDS.attributes && attributes !== undefined && attributes !== 'all')
      removeEntry(splices, record, reader, attributes);
    else if (reader.field === LOG_RECORD_FIELDS.body && body !== undefined) {
      splices.open(reader.lengthStart);
      removeFromValue(splices, record, reader.valueStart, reader.end, body);
      splices.close(reader.valueStart, reader.end);
    }
  }
  return splices.isEmpty ? record : splices.apply(record);
}

function removeEntry(splices: Splices, bytes: Uint8Array, entry: TrustedReader, excluded: Exclusions): void {
  const { start, lengthStart, valueStart, end } = entry;
  const inner = excluded.get(readKey(bytes, valueStart, end));
  if (inner === undefined) return;
  if (inner === 'all') {
    splices.remove(start, end);
    return;
  }
  const value = findField(bytes, valueStart, end, 2);
  if (value < 0) return;
  const from = payloadStart(bytes, value);
  const to = payloadEnd(bytes, value);
  splices.open(lengthStart);
  splices.open(value);
  removeFromValue(splices, bytes, from, to, inner);
  splices.close(from, to);
  splices.close(valueStart, end);
}

/** Removes keys from the `AnyValue` in `[start, end)` if it is a map. */
function removeFromValue(splices: Splices, bytes: Uint8Array, start: number, end: number, excluded: Exclusions): void {
  if (anyValueKind(bytes, start, end) !== 'kvlist') return;
  const map = findField(bytes, start, end, ANY_VALUE_FIELDS.kvlist);
  const from = payloadStart(bytes, map);
  const to = payloadEnd(bytes, map);
  splices.open(map);
  const reader = new TrustedReader(bytes, from, to);
  while (reader.next()) if (reader.field === 1) removeEntry(splices, bytes, reader, excluded);
  splices.close(from, to);
}

/** Adds a record's included fields to a key. Returns the number of fields found. */
export function addIncluded(
  key: CanonicalKey,
  included: readonly IncludedField[],
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let count = 0;
  for (const field of included) {
    if (!field.find(bytes, start, end)) continue;
    count += 1;
    const { valueStart, valueEnd } = field;
    if (anyValueKind(bytes, valueStart, valueEnd) === 'string') {
      const at = findField(bytes, valueStart, valueEnd, ANY_VALUE_FIELDS.string);
      key.text(bytes, payloadStart(bytes, at), payloadEnd(bytes, at));
    } else {
      key.text(encodeKey(attributeText(readValue(bytes, valueStart, valueEnd))));
    }
  }
  return count;
}

/** A field whose value identifies records. */
export class IncludedField {
  /** Start of the `AnyValue` range located by `find`. */
  valueStart = 0;
  valueEnd = 0;
  readonly #root: Root;
  readonly #keys: readonly Uint8Array[];
  readonly #found = new FoundAttribute();

  constructor({ root, keys }: FieldPath) {
    this.#root = root;
    this.#keys = keys.map(encodeKey);
  }

  /** Searches the record `[start, end)` and reports whether it has the field. */
  find(bytes: Uint8Array, start: number, end: number): boolean {
    const isBody = this.#root === 'body';
    if (isBody) {
      const body = findField(bytes, start, end, LOG_RECORD_FIELDS.body);
      if (body < 0) return false;
      this.valueStart = payloadStart(bytes, body);
      this.valueEnd = payloadEnd(bytes, body);
    }
    for (const [depth, key] of this.#keys.entries()) {
      const isFound =
        depth === 0 && !isBody
          ? findAttribute(bytes, start, end, LOG_RECORD_FIELDS.attributes, key, this.#found)
          : this.#findInMap(bytes, key);
      if (!isFound) return false;
      this.valueStart = this.#found.valueStart;
      this.valueEnd = this.#found.valueEnd;
    }
    return true;
  }

  #findInMap(bytes: Uint8Array, key: Uint8Array): boolean {
    if (anyValueKind(bytes, this.valueStart, this.valueEnd) !== 'kvlist') return false;
    const map = findField(bytes, this.valueStart, this.valueEnd, ANY_VALUE_FIELDS.kvlist);
    return findAttribute(bytes, payloadStart(bytes, map), payloadEnd(bytes, map), 1, key, this.#found);
  }
}
