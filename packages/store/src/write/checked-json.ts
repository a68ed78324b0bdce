import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { writeFileDurably } from './durable.ts';

/** Writes an object as a JSON file with a checksum, durably. */
export function writeCheckedJson(path: string, value: Readonly<Record<string, unknown>>): void {
  writeFileDurably(path, [Buffer.from(checkedJson(value))]);
}

/** The object as JSON text with the checksum of the rest as its last entry. */
export function checkedJson(value: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(value);
  const comma = text === '{}' ? '' : ',';
  return `${text.slice(0, -1)}${comma}"crc32":"${sumOf(text)}"}\n`;
}

/** What a file that `writeCheckedJson` wrote holds now. */
export type CheckedJson =
  | { readonly kind: 'missing' }
  | { readonly kind: 'damaged'; readonly reason: string }
  /** `isChecked`: it has a checksum, which is right. Files of older versions have none. */
  | { readonly kind: 'whole'; readonly value: Readonly<Record<string, unknown>>; readonly isChecked: boolean };

/** Reads a JSON file and checks its checksum. Throws when the system does not let it be read. */
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
    return { kind: 'damaged', reason: 'its checksum differs' };
  }
  const { crc32: _, ...rest } = value;
  return { kind: 'whole', value: rest, isChecked: true };
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether an object has these keys at most. */
export function hasOnly(value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}

const CHECKSUM = /,?"crc32":"([0-9a-f]{8})"\}\s*$/;

function sumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
