import type { ProgramName } from '../programs.ts';
import type { Contestant, Load, Pipeline } from '../scenario.ts';

/** Programs that run the same pipeline, otelier first. */
export function sideBySide(pipeline: Pipeline, ...rivals: readonly Rival[]): [Contestant, ...Contestant[]] {
  return [{ name: 'otelier', program: 'otelier', pipeline }, ...rivals.map((rival) => rivalOf(rival, pipeline))];
}

/** A rival by its name, or with what must differ in its load for it to be at its best. */
type Rival = ProgramName | { readonly program: ProgramName; readonly load: Partial<Load> };

/**
 * rotel with so much in flight that it does not wait for delayed acknowledgements of TCP: with eight requests of 10 spans
 * in flight it answers after 43 ms and gets 125 thousand spans out of a CPU-second, with 64 after 0.8 ms and 199. Larger
 * requests want less, and of the largest, 64 do not fit in its memory.
 */
export function busyRotel(itemsPerRequest: number): Rival {
  if (itemsPerRequest <= 100) return { program: 'rotel', load: { connections: 4, inFlight: 64 } };
  return { program: 'rotel', load: { inFlight: itemsPerRequest <= 1_000 ? 32 : 8 } };
}

function rivalOf(rival: Rival, pipeline: Pipeline): Contestant {
  return typeof rival === 'string'
    ? { name: rival, program: rival, pipeline }
    : { name: rival.program, pipeline, ...rival };
}
