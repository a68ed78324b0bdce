const HUES = 12;
let assigned: ReadonlyMap<string, number> = new Map();

/** Maximum number of services whose hues are assigned, which takes time. Far more than there are hues. */
const MAX_SERVICES = 500;

/**
 * Returns a service's color as a CSS value. It depends only on the set of service names, not on the order in which the
 * page encounters them, so that it is the same in every browser. If several names map to the same hue, all but one take
 * a different hue. If there are more than twelve services, all of them are gray.
 */
export function serviceColor(service: string): string {
  const hue = hueOf(service);
  return hue <= HUES ? `var(--svc-${hue})` : 'var(--text-3)';
}

/** Returns a service's color token, for use on canvas. */
export function serviceToken(service: string): string {
  const hue = hueOf(service);
  return hue <= HUES ? `--svc-${hue}` : '--text-3';
}

/**
 * Returns the color token of a series that is not a service. Colors are assigned from the last hue backwards, to differ
 * from services.
 */
export function seriesToken(index: number): string {
  const hue = HUES - index;
  return hue >= 1 ? `--svc-${hue}` : '--text-3';
}

/** Assigns hues to services before they are drawn. */
export function assignServiceColors(services: readonly string[]): void {
  if (services.some((service) => !assigned.has(service))) assigned = assignHues([...assigned.keys(), ...services]);
}

function hueOf(service: string): number {
  assignServiceColors([service]);
  return assigned.get(service) ?? HUES + 1;
}

/** Assigns a hue to each service. If several services prefer the same hue, their hashes decide which one gets it. */
function assignHues(services: readonly string[]): ReadonlyMap<string, number> {
  const names = [...new Set(services)].slice(0, MAX_SERVICES);
  const hashes = new Map(names.map((name) => [name, hashOf(name)]));
  const inOrder = names.toSorted((a, b) => (hashes.get(a) ?? 0) - (hashes.get(b) ?? 0) || (a < b ? -1 : 1));
  const hues = new Map<string, number>();
  const free = new Set(Array.from({ length: HUES }, (_, index) => index + 1));
  for (const name of inOrder) {
    const wanted = (hashes.get(name) ?? 0) % HUES;
    const preferred = Array.from({ length: HUES }, (_, step) => ((wanted + step * STRIDE) % HUES) + 1);
    const hue = preferred.find((one) => free.has(one)) ?? HUES + 1;
    free.delete(hue);
    hues.set(name, hue);
  }
  return hues;
}

/** Coprime to the number of hues, so that probing visits all of them, but not neighboring hues first. */
const STRIDE = 5;

/** Computes an FNV-1a hash over the code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
