import { setTimeout as sleep } from 'node:timers/promises';

const TRY_MILLIS = 50;
const MAX_TRIES = 2400;

/** Waits until a condition holds. Rejects after two minutes with what was expected. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > MAX_TRIES) throw new Error(`expected that ${what}, waited for ${(MAX_TRIES * TRY_MILLIS) / 1000} s`);
    await sleep(TRY_MILLIS);
  }
}
