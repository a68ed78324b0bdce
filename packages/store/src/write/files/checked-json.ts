import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { writeFileDurably } from './durable.ts';

/** Durably writes an object to a JSON file with a checksum. */
export function writeCheckedJson(path: string, value: Readonly<Record<string, unknown>>): void {
  writeFileDurably(path, [Buffer.from(checkedJson(value))]);
}

/** Encodes the object as JSON, with a checksum of the other entries as the last entry. */
export function checkedJson(value: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(value);
  const comma = text === '{}' ? '' : ',';
  return `${text.slice(0, -1)}${comma}"crc32":"${sumOf(text)}"}\n`;
}

/** The contents of a file that `writeCheckedJson` wrote. */
export type CheckedJson =
  | { readonly kind: 'missing' }
  | { readonly kind: 'damaged'; readonly reason: string }
  /** `isChecked` is set if the file has a valid checksum. Files written by older versions have none. */
  | { readonly kind: 'whole'; readonly value: Readonly<Record<string, unknown>>; readonly isChecked: boolean };

/** Reads a JSON file and verifies its checksum. Throws if the file cannot be read. */
export function readCheckedJson(path: string): CheckedJson {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { kind: 'missing' };
    if (code === 'EISDIR') return { kind: 'damaged', reason: 'expected a file, found a directory' };
    throw error;
  }
  const found = `found ${JSON.stringify(text.slice(0, 60))}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'damaged', reason: `expected JSON, ${found}` };
  }
  if (!isRecord(value)) return { kind: 'damaged', reason: `expected a JSON object, ${found}` };
  const match = CHECKSUM.exec(text);
  if (match === null) return { kind: 'whole', value, isChecked: false };
  if (sumOf(`${text.slice(0, match.index)}}`) !== match[1]) {
    return { kind: 'damaged', reason: 'checksum mismatch' };
  }
  const { crc32: _, ...rest } = value;
  return { kind: 'whole', value: rest, isChecked: true };
}

/** Reports whether a value is a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reports whether an object has no keys other than these. */
export function hasOnly(value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}

const CHECKSUM = /,?"crc32":"([0-9a-f]{8})"\}\s*$/;

function sumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
