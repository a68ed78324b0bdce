import { findField, forEachPayload, payloadEnd, payloadStart, readKey, sameBytes, WireWriter } from '@otelier/otlp';
import type { AttributeRenaming } from './steps.ts';

/** Attributes by key, with encoded values. */
export type Attributes = ReadonlyMap<string, Uint8Array>;

/** The result of a renaming. `hasConflict` means that an attribute had both names with different values. */
export interface Renamed {
  readonly attributes: Attributes;
  readonly hasConflict: boolean;
}

/** Reports whether a message has an attribute with any of the keys. */
export function hasAnyKey(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  keys: ReadonlySet<string>,
): boolean {
  if (keys.size === 0) return false;
  let isFound = false;
  forEachPayload(bytes, start, end, field, (from, to) => {
    isFound ||= keys.has(readKey(bytes, from, to));
  });
  return isFound;
}

/** Reads a message's attributes. Values stay encoded. */
export function readAttributes(bytes: Uint8Array, start: number, end: number, field: number): Attributes {
  const attributes = new Map<string, Uint8Array>();
  forEachPayload(bytes, start, end, field, (from, to) => {
    const value = findField(bytes, from, to, 2);
    const content = value < 0 ? EMPTY : bytes.subarray(payloadStart(bytes, value), payloadEnd(bytes, value));
    attributes.set(readKey(bytes, from, to), content);
  });
  return attributes;
}

/** Encodes attributes as the entries of a repeated field. */
export function writeAttributes(attributes: Attributes, field: number): Uint8Array {
  for (const [key, value] of attributes) {
    writer.open(field);
    writer.stringField(1, key);
    writer.bytesField(2, value);
    writer.close();
  }
  return writer.finish();
}

/** Renames attributes. A renamed attribute replaces any existing attribute with the new name. */
export function renameAttributes(attributes: Attributes, { names, copies }: AttributeRenaming): Renamed {
  const results = new Map<string, Uint8Array>();
  const targets = new Set<string>();
  let hasConflict = false;
  for (const [key, value] of attributes) {
    const target = names.get(key);
    if (target !== undefined) {
      targets.add(target);
      if (!copies) results.set(target, value);
      else if (!attributes.has(target)) results.set(target, value);
      if (copies) results.set(key, value);
    } else if (!copies && targets.has(key)) {
      const renamed = results.get(key);
      if (renamed !== undefined && !isEqual(renamed, value)) hasConflict = true;
    } else {
      results.set(key, value);
    }
  }
  return { attributes: results, hasConflict };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && sameBytes(a, 0, b);
}

const writer = new WireWriter(256);
const EMPTY = new Uint8Array();
