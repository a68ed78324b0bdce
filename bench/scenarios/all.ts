import type { Scenario } from '../scenario.ts';
import { BEHAVIOR } from './behavior.ts';
import { FORWARD } from './forward.ts';
import { NOP } from './nop.ts';
import { PROCESSORS } from './processors.ts';
import { START, STORE } from './program.ts';
import { QUEUE } from './queue.ts';

/** All scenarios, in the order of the page. */
export const SCENARIOS: readonly Scenario[] = [
  ...NOP,
  ...FORWARD,
  ...QUEUE,
  ...PROCESSORS,
  ...BEHAVIOR,
  ...STORE,
  START,
];
