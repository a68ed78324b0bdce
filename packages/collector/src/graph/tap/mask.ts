/** Keys of attributes whose values are masked by default: names of headers, cookies and secrets. */
export const DEFAULT_MASK: readonly string[] = [
  'authorization',
  'cookie',
  'password',
  'passwd',
  'secret',
  'token',
  'api_key',
  'apikey',
  'private_key',
  'access_key',
  'credential',
  'session_id',
];

const MASKED = Object.freeze({ stringValue: '***' });

/**
 * Returns a function that replaces the values of attributes in OTLP/JSON whose keys contain one of the names. Upper and
 * lower case, and the separators `.`, `-` and `_`, are the same.
 */
export function createMask(names: readonly string[]): (json: unknown) => unknown {
  const wanted = names.map(plain).filter((name) => name !== '');
  const isSecret = (key: string) => {
    const text = plain(key);
    return wanted.some((name) => text.includes(name));
  };
  const mask = (json: unknown): unknown => {
    if (Array.isArray(json)) return json.map(mask);
    if (typeof json !== 'object' || json === null) return json;
    const { key } = json as { readonly key?: unknown };
    const hides = typeof key === 'string' && 'value' in json && isSecret(key);
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => [name, hides && name === 'value' ? MASKED : mask(value)]),
    );
  };
  return mask;
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[._-]/g, '');
}

/** Returns a text with its letters and digits replaced, so that only its form remains. */
export function veil(text: string): string {
  return text.replace(/[\p{L}\p{N}]/gu, '•');
}
