import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { type FileFooter, SCHEMA_VERSION } from '../../schema.ts';
import { SUMMARY_VERSION } from '../../summaries/encode.ts';
import { isRecord } from './checked-json.ts';

/** Thrown for a file that appears intact but is from another program or a newer version. */
export class NotOursError extends Error {
  override readonly name = 'NotOursError';
}

/**
 * Parses the footer of a file of `fileBytes` bytes. Throws `NotOursError` if it was written by a newer version, and
 * another error if it is damaged.
 */
export function parseFooter(text: string, fileBytes: number): FileFooter {
  const footer: unknown = parseJson(text);
  if (!isRecord(footer)) throw new Error(`its footer: expected an object, got ${text.slice(0, 60)}`);
  const { version } = footer;
  if (isCount(version) && version > SCHEMA_VERSION) {
    throw new NotOursError(`its layout is of version ${version}, newer than this program`);
  }
  for (const [key, isValid] of Object.entries(FIELDS)) {
    const value = footer[key];
    if (!isValid(value, fileBytes)) {
      throw new Error(`its footer: ${key}: got ${JSON.stringify(value)?.slice(0, 60)}`);
    }
  }
  return footer as unknown as FileFooter;
}

/** Reports whether a value read from JSON maps names to positions or counts. */
export function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  return isRecord(value) && Object.values(value).every(isCount);
}

/** Reports whether a value read from JSON describes partial records. */
export function isPartials(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isCounts);
}

type Check = (value: unknown, fileBytes: number) => boolean;

const FIELDS: { readonly [Key in keyof FileFooter]-?: Check } = {
  version: isCount,
  tenant: (value) => typeof value === 'string',
  signal: (value) => SIGNAL_NAMES.includes(value as Signal),
  rows: isCount,
  minTime: isNanos,
  maxTime: isNanos,
  writtenMillis: (value) => typeof value === 'number' && Number.isFinite(value),
  positions: isCounts,
  partial: (value) => value === undefined || isPartials(value),
  resume: isCounts,
  promoted: (value) => Array.isArray(value) && value.every((column) => typeof column === 'string'),
  keys: isCounts,
  traceIndex: (value, fileBytes) =>
    value === undefined ||
    (isRecord(value) &&
      isCount(value['offset']) &&
      isCount(value['length']) &&
      value['offset'] + value['length'] <= fileBytes),
  replaces: (value) => value === undefined || (typeof value === 'string' && !/[/\\]/.test(value)),
  summary: (value, fileBytes) => value === undefined || (isRecord(value) && isSummaryPlace(value, fileBytes)),
};

/** Reports whether a value read from JSON locates a summary. Other versions may have other properties. */
function isSummaryPlace(value: Readonly<Record<string, unknown>>, fileBytes: number): boolean {
  const { version, offset, length, cellSeconds, sections } = value;
  if (!isCount(version)) return false;
  if (version !== SUMMARY_VERSION) return true;
  if (!isCount(offset) || !isCount(length) || offset + length > fileBytes) return false;
  return isCount(cellSeconds) && cellSeconds > 0 && isCount(sections);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNanos(value: unknown): boolean {
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`its footer: expected JSON, got ${JSON.stringify(text.slice(0, 60))}`);
  }
}
