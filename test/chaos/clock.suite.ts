import { createRandom } from '@otelier/testkit/otlp/random';
import { withLifetime } from '../e2e/gateway.ts';
import { jumpDrivenClock } from './clock/driven.ts';
import { FAKETIME, jumpProcessClock } from './clock/faketime.ts';
import { JUMP_KINDS, jumpOf } from './clock/jumps.ts';
import type { Tally } from './clock/verify.ts';
import type { ChaosSuite } from './suite.ts';

/** Every fourth case changes the clock of a process. The others drive the clock of an in-process service. */
const PROCESS_EVERY = 4;

/** A suite that changes the system clock under load. */
export const suite: ChaosSuite = {
  name: 'clock',
  summary: 'clock jumps lose, duplicate, interrupt and remove nothing',
  cases: PROCESS_EVERY * JUMP_KINDS * 2,
  sampleCases: PROCESS_EVERY,
  async run({ seed, from, count, fail, log }) {
    if (FAKETIME === undefined) log('libfaketime is not installed: every case drives a clock');
    const sums = new Map<string, Tally & { readonly cases: number }>();
    for (let index = from; index < from + count; index++) {
      const random = createRandom(seed * 1000 + index);
      const isProcess = FAKETIME !== undefined && index % PROCESS_EVERY === PROCESS_EVERY - 1;
      const jump = jumpOf(isProcess ? Math.floor(index / PROCESS_EVERY) : index, random);
      const name = `${isProcess ? 'process' : 'driven'}, ${jump.name}`;
      await withLifetime(async (lifetime) => {
        try {
          const run = isProcess ? jumpProcessClock : jumpDrivenClock;
          const tally = await run(lifetime, jump, random, (message) => fail(index, `${name}: ${message}`));
          addTally(sums, name, tally);
        } catch (error) {
          fail(index, `${name}: ${error instanceof Error ? error.stack : error}`);
        }
      });
    }
    for (const [name, { cases, lost, duplicated, cut, removed }] of [...sums].sort()) {
      log(`${name}: ${cases} cases, ${lost} lost, ${duplicated} duplicated, ${cut} interrupted, ${removed} removed`);
    }
  },
};

function addTally(sums: Map<string, Tally & { readonly cases: number }>, name: string, tally: Tally): void {
  const { cases, lost, duplicated, cut, removed } = sums.get(name) ?? NO_CASES;
  sums.set(name, {
    cases: cases + 1,
    lost: lost + tally.lost,
    duplicated: duplicated + tally.duplicated,
    cut: cut + tally.cut,
    removed: removed + tally.removed,
  });
}

const NO_CASES = { cases: 0, lost: 0, duplicated: 0, cut: 0, removed: 0 };
