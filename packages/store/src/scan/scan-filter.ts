import type { Condition } from '../contract.ts';
import { alternativesOf } from '../requests.ts';
import { ATTRIBUTES_MAP, attributeColumn } from '../schema.ts';
import { ANY_TEXT, containsTests } from './text-search.ts';
import { type ValueTests, valueTests } from './value-tests.ts';

/** Where the values of a condition's field are. */
export type FieldPlaces =
  /** A column whose missing values count as `missing`. */
  | { readonly kind: 'column'; readonly name: string; readonly missing: string | undefined }
  /** The columns of an attribute by type, and its key in the map. */
  | { readonly kind: 'attribute'; readonly key: string; readonly columns: readonly string[] }
  /** A key of the JSON object in `resource_attributes`. */
  | { readonly kind: 'resource'; readonly key: string };

/** Some columns, and all attributes. */
export interface TextPlaces {
  readonly kind: 'texts';
  readonly columns: readonly string[];
}

/** A condition prepared for rows. */
export interface ScanCondition {
  readonly places: FieldPlaces | TextPlaces;
  readonly tests: ValueTests;
  /** Alternatives, without alternatives of their own. */
  readonly or: readonly ScanCondition[];
}

/**
 * Reports whether conditions can be evaluated without the engine, whose regular expressions (RE2) have no equivalent
 * here. The engine also reports unknown fields.
 */
export function areScannable(conditions: readonly Condition[]): boolean {
  return conditions
    .flatMap(alternativesOf)
    .every(({ field, op }) => op !== '~' && op !== '!~' && isScannableField(field));
}

/** Reports whether a field is known. */
export function isScannableField(field: string): boolean {
  return COLUMN_OF.has(field) || field.startsWith('attributes.') || field.startsWith('resource.');
}

/** Prepares conditions that a row must satisfy together. */
export function scanConditions(conditions: readonly Condition[]): readonly ScanCondition[] {
  return conditions.map((condition) => {
    const [own = condition, ...or] = alternativesOf(condition);
    return { ...scanCondition(own), or: or.map(scanCondition) };
  });
}

function scanCondition(condition: Condition): ScanCondition {
  const { field, value } = condition;
  if (field === ANY_TEXT) return { places: LOG_TEXTS, tests: containsTests(String(value)), or: [] };
  return { places: placesOf(field), tests: valueTests(condition), or: [] };
}

/** Where a text is searched for in log records. */
const LOG_TEXTS: TextPlaces = { kind: 'texts', columns: ['body'] };

/** Returns the columns that conditions refer to. */
export function columnsOf(conditions: readonly ScanCondition[]): readonly string[] {
  const all = conditions.flatMap((condition) => [condition, ...condition.or]);
  const names = all.flatMap(({ places }) => {
    if (places.kind === 'column') return [places.name];
    if (places.kind === 'texts') return [...places.columns, ATTRIBUTES_MAP];
    return places.kind === 'attribute' ? [...places.columns, ATTRIBUTES_MAP] : ['resource_attributes'];
  });
  return [...new Set(names)];
}

/** Returns where the values of a known field are. */
export function placesOf(field: string): FieldPlaces {
  if (field.startsWith('attributes.')) {
    const key = field.slice('attributes.'.length);
    return { kind: 'attribute', key, columns: TYPES.map((type) => attributeColumn(key, type)) };
  }
  if (field.startsWith('resource.')) return { kind: 'resource', key: field.slice('resource.'.length) };
  const [name, missing] = COLUMN_OF.get(field) ?? [];
  if (name === undefined) throw new RangeError(`unknown field ${field}`);
  return { kind: 'column', name, missing };
}

const TYPES = ['s', 'i', 'd', 'b'] as const;

/** The column of each field, and the text that a missing value counts as. */
const COLUMN_OF: ReadonlyMap<string, readonly [string, string | undefined]> = new Map([
  ['name', ['name', undefined]],
  ['kind', ['kind', undefined]],
  ['status', ['status_code', undefined]],
  ['duration', ['duration_ns', undefined]],
  ['severity', ['severity_number', undefined]],
  ['body', ['body', '']],
  ['service', ['service_name', '']],
  ['event.name', ['event_name', '']],
  ['scope.name', ['scope_name', '']],
]);
