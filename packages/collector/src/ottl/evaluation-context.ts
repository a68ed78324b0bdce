import type { ComponentContext } from '../component/contract.ts';
import type { EvaluationContext } from './record/subject.ts';

/** Returns the time and randomness of a component for its statements. */
export function evaluationContext({ clock, random }: Pick<ComponentContext, 'clock' | 'random'>): EvaluationContext {
  return { now: () => clock.now(), random };
}
