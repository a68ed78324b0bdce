import { stringField } from '../record/encode.ts';
import { EvaluationError } from '../values/value.ts';
import { expectText, type Key, type PathDefinition, type RecordOf } from './access.ts';
import { readText } from './fields.ts';

/** Returns the path for a W3C `tracestate`, whose entries have string keys. */
export function traceStatePath(record: RecordOf, field: number): PathDefinition {
  return {
    kind: 'indexable',
    build(keys) {
      if (keys.length === 0)
        return {
          get: (subject) => readText(record, field, subject),
          set(subject, value) {
            const text = expectText(value);
            record(subject).put(field, text === '' ? undefined : stringField(field, text));
          },
        };
      const name = literalKey(keys);
      return {
        get(subject) {
          const entries = parseTraceState(readText(record, field, subject));
          return entries === undefined ? undefined : (entries.get(name) ?? '');
        },
        set(subject, value) {
          const text = expectText(value);
          const entries = parseTraceState(readText(record, field, subject));
          if (entries === undefined || !KEY.test(name) || !VALUE.test(text)) return;
          entries.delete(name);
          const kept = [...entries].slice(0, MAX_ENTRIES - 1);
          const written = [[name, text], ...kept].map(([key, entry]) => `${key}=${entry}`).join(',');
          record(subject).put(field, stringField(field, written));
        },
      };
    },
  };
}

function literalKey(keys: readonly Key[]): string {
  const [key] = keys;
  if (keys.length === 1 && typeof key === 'string') return key;
  throw new EvaluationError('expected exactly one key of type string for trace_state');
}

const MAX_ENTRIES = 32;
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** Parses the entries of a `tracestate`. Returns `undefined` if any entry is invalid. */
function parseTraceState(text: string): Map<string, string> | undefined {
  const entries = new Map<string, string>();
  if (text === '') return entries;
  for (const member of text.split(',')) {
    const trimmed = member.replace(/^[ \t]+|[ \t]+$/g, '');
    if (trimmed === '') continue;
    const separator = trimmed.indexOf('=');
    const key = trimmed.slice(0, Math.max(0, separator));
    const value = trimmed.slice(separator + 1);
    if (separator < 0 || !KEY.test(key) || !VALUE.test(value) || entries.has(key)) return undefined;
    entries.set(key, value);
  }
  return entries.size > MAX_ENTRIES ? undefined : entries;
}
