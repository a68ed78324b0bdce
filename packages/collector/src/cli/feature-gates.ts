import type { Console } from './console.ts';

/** Prints a notice about Collector feature gates, none of which has an effect, because otelier has no feature gates. */
export function reportFeatureGates(gates: readonly string[], console: Console): void {
  for (const gate of gates.flatMap((list) => list.split(',')).map((entry) => entry.trim().replace(/^[+-]/, '')))
    if (gate !== '') console.error(`otelier: --feature-gates: there is no feature gate "${gate}"; it has no effect.`);
}
