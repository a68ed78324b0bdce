import type { MatchMode } from '../file/model.ts';
import { Absent, Bytes, formatValue, Group, isList, type Value } from '../telemetry/value.ts';

/** A field in which an item differs from the expected one. */
export interface Difference {
  /** Path of the field, as in OTTL: `resource.attributes["service.name"]`. */
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
}

/** Maximum number of differences that are listed for an item. */
export const MAX_DIFFERENCES = 50;

/** Returns the fields in which a value differs from the expected one, at most `MAX_DIFFERENCES + 1`. */
export function differencesOf(expected: Value, actual: Value, mode: MatchMode): Difference[] {
  const found: Difference[] = [];
  collect(expected, actual, mode, '', found);
  return found;
}

/** Reports whether a value is as expected. */
export function isEqual(expected: Value, actual: Value, mode: MatchMode): boolean {
  if (expected instanceof Absent) return false;
  if (expected instanceof Group && actual instanceof Group) {
    return isEqualGroup(expected, actual, mode);
  }
  if (isList(expected) && isList(actual))
    return expected.length === actual.length && expected.every((value, index) => isEqual(value, actual[index], mode));
  return isSameScalar(expected, actual);
}

function isEqualGroup(expected: Group, actual: Group, mode: MatchMode): boolean {
  let found = 0;
  for (const [name, value] of expected.entries) {
    const isActual = actual.entries.has(name);
    if (isActual) found += 1;
    if (isActual ? !isEqual(value, actual.entries.get(name), mode) : !isMissing(value)) return false;
  }
  return mode === 'subset' || found === actual.entries.size;
}

/** Reports whether an expected value must be missing: it is absent, or all of its attributes are. */
export function isMissing(value: Value): boolean {
  if (value instanceof Absent) return true;
  if (!(value instanceof Group) || value.kind !== 'keys' || value.entries.size === 0) return false;
  return [...value.entries.values()].every(isMissing);
}

/** Compares single values: not a number equals itself, and 0 equals -0. */
function isSameScalar(expected: Value, actual: Value): boolean {
  if (expected instanceof Bytes && actual instanceof Bytes) return expected.base64 === actual.base64;
  return expected === actual || (Number.isNaN(expected) && Number.isNaN(actual));
}

function collect(expected: Value, actual: Value, mode: MatchMode, path: string, found: Difference[]): void {
  if (found.length > MAX_DIFFERENCES || isEqual(expected, actual, mode)) return;
  if (expected instanceof Group && actual instanceof Group) {
    for (const name of namesOf(expected, actual, mode)) collectEntry(name, expected, actual, mode, path, found);
  } else if (isList(expected) && isList(actual) && expected.length === actual.length) {
    for (const [index, value] of expected.entries()) collect(value, actual[index], mode, `${path}[${index}]`, found);
  } else {
    found.push({ path, expected: formatValue(expected), actual: formatValue(actual) });
  }
}

function collectEntry(
  name: string,
  expected: Group,
  actual: Group,
  mode: MatchMode,
  outer: string,
  found: Difference[],
): void {
  const path = below(outer, name, expected.kind);
  const value = expected.entries.get(name);
  const isExpected = expected.entries.has(name) && !isMissing(value);
  const isActual = actual.entries.has(name);
  if (isExpected && isActual) collect(value, actual.entries.get(name), mode, path, found);
  else if (isExpected) found.push({ path, expected: formatValue(value), actual: 'nothing' });
  else if (!isActual) return;
  else if (value instanceof Group) collect(value, actual.entries.get(name), mode, path, found);
  else found.push({ path, expected: 'nothing', actual: formatValue(actual.entries.get(name)) });
}

function namesOf(expected: Group, actual: Group, mode: MatchMode): ReadonlySet<string> {
  return new Set([...expected.entries.keys(), ...(mode === 'exact' ? actual.entries.keys() : [])]);
}

function below(path: string, name: string, kind: Group['kind']): string {
  if (kind === 'keys') return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
