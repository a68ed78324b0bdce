import type { RecordedAttributes, RecordedValue } from '@otelier/store';

/** A tag of Jaeger's JSON model. */
export interface Tag {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  readonly value: string | boolean | number;
}

/** Converts attributes to tags with their types. Lists and maps become JSON texts. */
export function tagsOf(attributes: RecordedAttributes, except?: string): readonly Tag[] {
  return [...attributes].filter(([key]) => key !== except).map(([key, value]) => tagOf(key, value));
}

/** Returns a tag with a text. */
export function textTag(key: string, value: string): Tag {
  return { key, type: 'string', value };
}

function tagOf(key: string, value: RecordedValue): Tag {
  switch (typeof value) {
    case 'string':
      return textTag(key, value);
    case 'boolean':
      return { key, type: 'bool', value };
    case 'bigint':
      // The page's numbers are doubles; larger integers are texts, so that no digit is lost.
      return { key, type: 'int64', value: Number.isSafeInteger(Number(value)) ? Number(value) : value.toString() };
    case 'number':
      return { key, type: 'float64', value: Number.isFinite(value) ? value : String(value) };
    default:
      return isBytes(value)
        ? { key, type: 'binary', value: value.bytes }
        : textTag(key, value === null ? '' : jsonText(value));
  }
}

function isBytes(value: RecordedValue): value is { readonly bytes: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length === 1 && entries[0]?.[0] === 'bytes' && typeof entries[0][1] === 'string';
}

function jsonText(value: RecordedValue): string {
  return JSON.stringify(value, (_key, entry: unknown) => (typeof entry === 'bigint' ? Number(entry) : entry));
}
