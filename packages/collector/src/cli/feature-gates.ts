import type { Console } from './console.ts';

/** Names the feature gates of the Collector that have no effect, which is all of them: otelier has none. */
export function reportFeatureGates(gates: readonly string[], console: Console): void {
  for (const gate of gates.flatMap((list) => list.split(',')).map((entry) => entry.trim().replace(/^[+-]/, '')))
    if (gate !== '') console.error(`otelier: --feature-gates: there is no feature gate "${gate}"; it has no effect.`);
}
