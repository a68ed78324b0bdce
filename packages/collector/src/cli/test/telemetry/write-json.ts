import { type FieldDescriptor, MESSAGES, type MessageDescriptor } from '@otelier/otlp';
import { type Diagnostic, formatPath, type Position } from '../../../config/config-error.ts';
import { formatList, suggestion } from '../../../config/nearest.ts';
import { isEmptyValue, type ScalarTree, type Tree } from '../../../config/tree.ts';

/** A path in a test file. */
export type Path = readonly (string | number)[];

/**
 * Writes messages in a test file as OTLP/JSON. Attributes can be a mapping, and values can be plain. Unknown fields are
 * errors, unlike in OTLP/JSON, because they are typing errors. Scalars are checked by the reader of OTLP/JSON.
 */
export class JsonWriter {
  readonly errors: Diagnostic[] = [];

  /** Returns a message as JSON. `without` names keys of the mapping that are not part of the message. */
  message(message: MessageDescriptor, tree: Tree, path: Path, without: ReadonlySet<string> = NOTHING): string {
    if (isEmptyValue(tree)) return '{}';
    if (tree.kind !== 'map') {
      this.#error(tree.at, path, `expected a mapping of fields, got ${kindOf(tree)}`);
      return '{}';
    }
    const pieces: string[] = [];
    for (const [key, value] of tree.entries) {
      if (without.has(key)) continue;
      const field = fieldOf(message, key);
      const place = [...path, key];
      if (field === undefined) {
        const names = [
          ...[...without].filter((name) => !/[A-Z]/.test(name)),
          ...message.fields.map(({ name }) => name),
        ];
        const choice = names.length <= 12 ? `one of ${formatList(names)}` : `a field of ${message.name}`;
        const hint = suggestion(key, names);
        this.#error(tree.keyPositions.get(key) ?? tree.at, place, `expected ${choice}, got "${key}"${hint}`);
      } else if (!isEmptyValue(value)) {
        pieces.push(`"${field.jsonName}":${this.#field(field, value, place)}`);
      }
    }
    return `{${pieces.join(',')}}`;
  }

  #field(field: FieldDescriptor, tree: Tree, path: Path): string {
    if (!field.repeated) return this.#value(field, tree, path);
    if (field.kind === 'message' && field.message === 'KeyValue' && tree.kind === 'map')
      return this.#keyValues(tree, path);
    if (tree.kind === 'list') {
      const values = tree.items.map((item, index) => this.#value(field, item, [...path, index]));
      return `[${values.join(',')}]`;
    }
    this.#error(tree.at, path, `expected a list, got ${kindOf(tree)}`);
    return '[]';
  }

  #value(field: FieldDescriptor, tree: Tree, path: Path): string {
    if (field.kind === 'message')
      return field.message === 'AnyValue'
        ? this.#anyValue(tree, path)
        : this.message(MESSAGES[field.message], tree, path);
    if (tree.kind === 'scalar') return scalar(tree, field.name);
    this.#error(tree.at, path, `expected a single value, got ${kindOf(tree)}`);
    return 'null';
  }

  #keyValues(tree: Tree & { readonly kind: 'map' }, path: Path): string {
    const pieces = [...tree.entries]
      .filter(([, value]) => !isEmptyValue(value))
      .map(([key, value]) => `{"key":${JSON.stringify(key)},"value":${this.#anyValue(value, [...path, key])}}`);
    return `[${pieces.join(',')}]`;
  }

  #anyValue(tree: Tree, path: Path): string {
    if (tree.kind === 'list') {
      const values = tree.items.map((item, index) => this.#anyValue(item, [...path, index]));
      return `{"arrayValue":{"values":[${values.join(',')}]}}`;
    }
    if (tree.kind === 'map') {
      const [name, ...others] = tree.entries.keys();
      if (name !== undefined && others.length === 0 && fieldOf(MESSAGES.AnyValue, name) !== undefined)
        return this.message(MESSAGES.AnyValue, tree, path);
      return `{"kvlistValue":{"values":${this.#keyValues(tree, path)}}}`;
    }
    if (tree.value === null) return '{}';
    if (typeof tree.value === 'boolean') return `{"boolValue":${tree.value}}`;
    if (typeof tree.value === 'string') return `{"stringValue":${JSON.stringify(tree.value)}}`;
    return isInteger(tree) ? `{"intValue":${scalar(tree)}}` : `{"doubleValue":${scalar(tree)}}`;
  }

  #error(position: Position, path: Path, message: string): void {
    this.errors.push({ severity: 'error', position, path: formatPath(path), message });
  }
}

const NOTHING: ReadonlySet<string> = new Set();

/** Finds a field by its name in the protocol (`trace_id`) or in OTLP/JSON (`traceId`). */
export function fieldOf(message: MessageDescriptor, name: string): FieldDescriptor | undefined {
  return message.byJsonName.get(name) ?? message.fields.find((field) => field.name === name);
}

/** Reports whether a number was written without a point or an exponent. */
function isInteger({ value, source = String(value) }: ScalarTree): boolean {
  return Number.isInteger(value) && !/[.e]/i.test(source);
}

function scalar({ value, source }: ScalarTree, name = ''): string {
  if (typeof value === 'string' && name.endsWith('_unix_nano')) return JSON.stringify(nanosOf(value) ?? value);
  if (typeof value !== 'number') return JSON.stringify(value);
  if (!Number.isFinite(value)) return `"${value}"`;
  // Digits beyond the precision of a number are kept.
  return source !== undefined && JSON_NUMBER.test(source) ? source : String(value);
}

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?(e[-+]?\d+)?$/i;

/** Converts a time such as `2026-01-31T12:00:00.5Z` to nanoseconds since the epoch. */
function nanosOf(text: string): string | undefined {
  const [, seconds = '', fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text) ?? [];
  const millis = Date.parse(`${seconds}Z`);
  return Number.isNaN(millis) ? undefined : `${BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))}`;
}

/** Names the kind of a value in messages. */
export function kindOf(tree: Tree): string {
  if (tree.kind === 'list') return 'a list';
  if (tree.kind === 'map') return 'a mapping';
  return tree.value === null ? 'nothing' : JSON.stringify(tree.value).slice(0, 80);
}
