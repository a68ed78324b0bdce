// Preloaded into test processes: records the CPU time of the process and of the programs that it started, when it ends.
import { appendFileSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { readParameters } from './preloaded.mjs';

/** Length of the unit of times in `/proc`. */
const TICK_MILLIS = 10;

const parameter = readParameters(import.meta.url);
if (isMainThread)
  process.on('exit', () => appendFileSync(parameter('to'), `${JSON.stringify([process.argv[1], usedMillis()])}\n`));

function usedMillis() {
  try {
    // Behind the name in parentheses: fields 3 and following of proc(5), the times of this process and its children.
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * TICK_MILLIS, 0);
  } catch {
    const { user, system } = process.cpuUsage();
    return Math.round((user + system) / 1000);
  }
}
