// Preloaded into test processes: records the CPU time of the process and of the programs that it started, when it ends.
import { appendFileSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** Length of the unit of times in `/proc`. */
const TICK_MILLIS = 10;

// Forked programs inherit the arguments.
process.execArgv = process.execArgv.filter((arg, index, args) => ![arg, args[index + 1]].includes(import.meta.url));
if (isMainThread)
  process.on('exit', () => appendFileSync(output(), `${JSON.stringify([process.argv[1], usedMillis()])}\n`));

/** Returns the file to append to: a part of the URL, because the environment is the one that tests expect. */
function output() {
  return new URL(import.meta.url).searchParams.get('to') ?? '';
}

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
