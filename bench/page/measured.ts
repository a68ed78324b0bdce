import type { ScenarioResult } from '../results.ts';
import type { Scenario } from '../scenario.ts';

/** A scenario and its latest result. */
export interface Measured {
  readonly scenario: Scenario;
  readonly result: ScenarioResult;
}
