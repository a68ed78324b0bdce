import { type AttributeMask, MASKED_VALUE, withoutScope } from './attribute-mask.ts';

/** Properties that name an attribute to which the other properties of an object belong. */
const NAMING = ['key', 'attribute'] as const;
/** Properties that contain attributes, so that the path of a nested value begins there. */
const CONTAINERS: ReadonlySet<string> = new Set(['attributes', 'resourceAttributes', 'scopeAttributes', 'resource']);

/** Properties of OTLP/JSON between an attribute and the values in it. */
const WRAPPERS: ReadonlySet<string> = new Set(['value', 'kvlistValue', 'arrayValue', 'values']);

/**
 * Returns a result without hidden values: those of attributes in objects and maps are replaced, and objects that are about a hidden attribute are
 * removed from lists. Objects that several rows share stay shared.
 */
export function maskResult<T>(result: T, mask: AttributeMask, references: AttributeMask = mask): T {
  return new Masking(mask, references).value(result, '') as T;
}

class Masking {
  readonly #mask: AttributeMask;
  readonly #references: AttributeMask;
  readonly #done = new Map<object, unknown>();

  constructor(mask: AttributeMask, references: AttributeMask) {
    this.#mask = mask;
    this.#references = references;
  }

  /** Masks a value at a path within an attribute; the path is empty outside. */
  value(value: unknown, path: string): unknown {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    const known = path === '' ? this.#done.get(value) : undefined;
    if (known !== undefined) return known;
    const masked = this.#copy(value, path);
    if (path === '') this.#done.set(value, masked);
    return masked;
  }

  #copy(value: object, path: string): unknown {
    if (Array.isArray(value))
      return value.filter((entry) => !this.#isAbout(entry, path)).map((entry) => this.value(entry, path));
    if (value instanceof Map)
      return new Map([...value].map(([key, inner]) => [key, this.#property(String(key), inner, path)]));
    const name = nameIn(value);
    const own = name === undefined ? path : pathOf(path, name);
    const masked = Object.entries(value).map(([key, inner]) => {
      const isWrapped = WRAPPERS.has(key) && (name !== undefined || path !== '');
      return [key, isWrapped ? this.value(inner, own) : this.#property(key, inner, path)] as const;
    });
    return Object.fromEntries(masked);
  }

  #property(key: string, value: unknown, path: string): unknown {
    const inner = pathOf(path, key);
    if (this.#mask(key) || this.#mask(inner)) return MASKED_VALUE;
    return this.value(value, CONTAINERS.has(key) ? '' : inner);
  }

  #isAbout(entry: unknown, path: string): boolean {
    const name = typeof entry === 'object' && entry !== null ? nameIn(entry) : undefined;
    if (name === undefined) return false;
    if (this.#mask(withoutScope(name)) || this.#mask(pathOf(path, name))) return true;
    // A summary of structured values, such as their size, tells of those in them; a structured value itself is masked within.
    const { value } = entry as { readonly value?: unknown };
    return typeof value !== 'object' && this.#references(withoutScope(name));
  }
}

/** Returns the attribute that an object is about: `{ key, value }` of OTLP/JSON, or a row with the property `key`. */
function nameIn(object: object): string | undefined {
  for (const name of NAMING) {
    const key: unknown = (object as Readonly<Record<string, unknown>>)[name];
    if (typeof key === 'string') return key;
  }
  return undefined;
}

function pathOf(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
