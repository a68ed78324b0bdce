const STORED = 'otelier.services';
const HUES = 12;
let assigned: Map<string, number> | undefined;

/**
 * The colour of a service as a CSS value. Hues are given in order of first sight and kept for good on this computer;
 * beyond twelve all are grey.
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

/** Makes services known in this order, before anything draws them in another. */
export function meetServices(services: readonly string[]): void {
  for (const service of services) hueOf(service);
}

function hueOf(service: string): number {
  assigned ??= readAssigned();
  const known = assigned.get(service);
  if (known !== undefined) return known;
  const hue = assigned.size + 1;
  assigned.set(service, hue);
  try {
    localStorage.setItem(STORED, JSON.stringify([...assigned.keys()]));
  } catch {
    // Storage may be forbidden or full; the colours then hold for this visit.
  }
  return hue;
}

function readAssigned(): Map<string, number> {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    if (Array.isArray(names))
      return new Map(names.filter((name) => typeof name === 'string').map((name, index) => [name, index + 1]));
  } catch {
    // Unreadable: start afresh.
  }
  return new Map();
}
