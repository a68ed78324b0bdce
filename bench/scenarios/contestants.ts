import type { ProgramName } from '../programs.ts';
import type { Contestant, Load, Pipeline } from '../scenario.ts';

/** Returns the contestants that run the same pipeline, otelier first. */
export function sideBySide(pipeline: Pipeline, ...rivals: readonly Rival[]): [Contestant, ...Contestant[]] {
  return [{ name: 'otelier', program: 'otelier', pipeline }, ...rivals.map((rival) => rivalOf(rival, pipeline))];
}

/** A rival by name, or together with the load under which it performs best. */
type Rival = ProgramName | { readonly program: ProgramName; readonly load: Partial<Load> };

/**
 * Returns a load with 64 small requests in flight for all programs, because small requests come from many senders at
 * once. Throughput per CPU-second depends on it: at 10 spans per request, rotel reaches 125 thousand with eight in
 * flight, where it responds after 43 ms because of delayed TCP acknowledgments, and 199 thousand with 64. The scenarios
 * named `few` have eight.
 */
export function manyInFlight(itemsPerRequest: number): Partial<Load> {
  return itemsPerRequest <= 100 ? { connections: 4, inFlight: 64 } : {};
}

/**
 * Returns rotel with enough large requests in flight that it never idles. 64 of the largest do not fit in its memory.
 */
export function busyRotel(itemsPerRequest: number): Rival {
  if (itemsPerRequest <= 100) return 'rotel';
  return { program: 'rotel', load: { inFlight: itemsPerRequest <= 1_000 ? 32 : 8 } };
}

function rivalOf(rival: Rival, pipeline: Pipeline): Contestant {
  return typeof rival === 'string'
    ? { name: rival, program: rival, pipeline }
    : { name: rival.program, pipeline, ...rival };
}
