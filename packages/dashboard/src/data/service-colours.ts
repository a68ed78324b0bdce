const HUES = 12;
const assigned = new Map<string, number>();

/**
 * The colour of a service as a CSS value. The name decides it, so that it is the same in every browser; only where two
 * names want one hue does the second take the next that is free. Beyond twelve services all are grey.
 */
export function serviceColour(service: string): string {
  const hue = hueOf(service);
  return hue <= HUES ? `var(--svc-${hue})` : 'var(--text-3)';
}

/** The name of the token that colours a service, for canvas. */
export function serviceToken(service: string): string {
  const hue = hueOf(service);
  return hue <= HUES ? `--svc-${hue}` : '--text-3';
}

/** Colour of a series that is not a service: the last hues first, so that a version is not mistaken for a service. */
export function seriesToken(index: number): string {
  const hue = HUES - index;
  return hue >= 1 ? `--svc-${hue}` : '--text-3';
}

/** Gives services their hues in the order of their names, before anything draws them in another. */
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

/** Has no divisor in common with the number of hues, so that all are tried, and not neighbours first. */
const STRIDE = 5;

/** FNV-1a over the code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
