import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { ChaosRun } from '../suite.ts';

/** What is killed, and what is checked afterwards. */
export interface KilledWork {
  /** Name of the directory of a case, without its random end. */
  readonly name: string;
  /** Program that works on the directory in its argument, and prints when the work begins. */
  readonly program: string;
  /** Longest time between the beginning of the work and the end of the process. */
  readonly maxMillis: number;
  /** Checks the directory, and returns how far the work was. */
  check(directory: string): Promise<'before' | 'during' | 'after'>;
}

/** Kills a program at a random moment in each case, checks what it left, and prints how often it was how far. */
export async function runKilled({ seed, from, count, fail, log }: ChaosRun, work: KilledWork): Promise<void> {
  const moments = new Map<string, number>();
  for (let index = from; index < from + count; index++) {
    const random = createRandom(seed * 10_007 + index);
    const directory = mkdtempSync(join(tmpdir(), work.name));
    try {
      await killAfter(work.program, directory, random(work.maxMillis));
      const moment = await work.check(directory);
      moments.set(moment, (moments.get(moment) ?? 0) + 1);
    } catch (error) {
      fail(index, error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  log(`killed: ${[...moments].map(([moment, times]) => `${moment} ${times}`).join(', ')}`);
}

async function killAfter(program: string, directory: string, millis: number): Promise<void> {
  const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    await sleep(millis);
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}
