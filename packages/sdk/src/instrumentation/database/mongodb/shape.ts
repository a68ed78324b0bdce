/**
 * Returns a command as JSON: the names of fields and operators with `?` instead of values, or with the values. Lists
 * have their distinct elements, so that the number of values or documents does not matter.
 */
export function shapeOf(command: Readonly<Record<string, unknown>>, hasValues: boolean): string {
  const [name = ''] = Object.keys(command);
  const parts = Object.entries(command).filter(
    ([key]) => key === name || !(OF_SESSION.has(key) || key.startsWith('$')),
  );
  const shown = parts.map(([key, value]) => {
    const isName = typeof value === 'string' && (key === name || key === 'collection');
    return `${JSON.stringify(key)}: ${isName || hasValues ? valueText(value) : shape(value, 0)}`;
  });
  return `{${shown.join(', ')}}`.slice(0, MAX_TEXT);
}

function shape(value: unknown, depth: number): string {
  if (Array.isArray(value)) {
    const first = value.slice(0, MAX_ELEMENTS).map((each) => shape(each, depth + 1));
    return depth > MAX_DEPTH ? VALUE : `[${[...new Set(first)].join(', ')}]`;
  }
  if (!isDocument(value) || depth > MAX_DEPTH) return VALUE;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${shape(each, depth + 1)}`).join(', ')}}`;
}

/** Reports whether a value is a document. Instances of classes such as `ObjectId` and `Date` are values. */
function isDocument(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || value instanceof Map;
}

function valueText(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each)) ?? VALUE;
}

const VALUE = '?';
const MAX_DEPTH = 8;
const MAX_ELEMENTS = 100;
const MAX_TEXT = 8_192;
/** What the driver adds to each command. */
const OF_SESSION = new Set([
  'lsid',
  'txnNumber',
  'startTransaction',
  'autocommit',
  'apiVersion',
  'maxTimeMS',
  'cursor',
]);
