/** What a reader sees instead of a value. */
export const MASKED_VALUE = '***';

/** Reports whether the values of an attribute are hidden. */
export type AttributeMask = (key: string) => boolean;

/**
 * Returns a mask for patterns such as `enduser.*`. It also matches the names that other languages give an attribute, such as `enduser_id`.
 */
export function createMask(patterns: readonly string[]): AttributeMask {
  const exact = patterns.map((pattern) => expressionOf(pattern.split('*')));
  const asLabels = patterns.map((pattern) => expressionOf(pattern.split('*').map(labelOf)));
  const known = new Map<string, boolean>();
  return (key) => {
    let isMasked = known.get(key);
    if (isMasked === undefined) {
      const label = labelOf(key);
      isMasked = exact.some((one) => one.test(key)) || asLabels.some((one) => one.test(label));
      if (known.size < MAX_KNOWN) known.set(key, isMasked);
    }
    return isMasked;
  };
}

/**
 * Returns a mask of the attributes that queries must not refer to: hidden ones, and those whose structured values can contain hidden ones, such
 * as `enduser` with `enduser.id` in it.
 */
export function createReferenceMask(patterns: readonly string[]): AttributeMask {
  const parents = patterns.flatMap((pattern) => {
    const segments = pattern.split('.');
    return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('.'));
  });
  return createMask([...patterns, ...parents]);
}

const MAX_KNOWN = 10_000;

function labelOf(key: string): string {
  return key.replace(/[^a-zA-Z0-9]/g, '_');
}

function expressionOf(parts: readonly string[]): RegExp {
  return new RegExp(`^${parts.map((part) => RegExp.escape(part)).join('.*')}$`, 'is');
}

/** Returns the key of an attribute of a field such as `attributes.enduser.id` or `resource.host.name`. */
export function withoutScope(field: string): string {
  return field
    .replace(/^\./, '')
    .replace(/^(?:attributes|resourceAttributes|resource|scope|span|event|link|instrumentation|log)\./, '');
}
