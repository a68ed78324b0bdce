import type { ComponentContext } from '../component/contract.ts';
import type { EvaluationContext } from './record/subject.ts';

/** Returns a component's clock and randomness for use in its statements. */
export function evaluationContext({ clock, random }: Pick<ComponentContext, 'clock' | 'random'>): EvaluationContext {
  return { now: () => clock.now(), random };
}
