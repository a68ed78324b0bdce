const HUES = 12;
const assigned = new Map<string, number>();

/**
 * Returns the color of a service as a CSS value. It depends on the name, so that it is the same in every browser. If two
 * names map to one hue, the second takes the next free one. Beyond twelve services all are gray.
 */
export function serviceColour(service: string): string {
  const hue = hueOf(service);
  return hue <= HUES ? `var(--svc-${hue})` : 'var(--text-3)';
}

/** Returns the color token of a service, for canvas. */
export function serviceToken(service: string): string {
  const hue = hueOf(service);
  return hue <= HUES ? `--svc-${hue}` : '--text-3';
}

/** Returns the color of a series that is not a service, from the last hue, to differ from services. */
export function seriesToken(index: number): string {
  const hue = HUES - index;
  return hue >= 1 ? `--svc-${hue}` : '--text-3';
}

/** Assigns hues to services in the order of their names. */
export function meetServices(services: readonly string[]): void {
  for (const service of services.toSorted()) hueOf(service);
}

function hueOf(service: string): number {
  const known = assigned.get(service);
  if (known !== undefined) return known;
  const taken = new Set(assigned.values());
  const wanted = hashOf(service) % HUES;
  const hues = Array.from({ length: HUES }, (_, step) => ((wanted + step * STRIDE) % HUES) + 1);
  const hue = hues.find((one) => !taken.has(one)) ?? HUES + 1;
  assigned.set(service, hue);
  return hue;
}

/** Coprime to the number of hues, so that probing visits all of them, not neighbors first. */
const STRIDE = 5;

/** FNV-1a over the code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
