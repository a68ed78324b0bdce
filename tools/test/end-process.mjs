// Preloaded into test processes: ends a process that servers, timers or programs keep running after its tests, for which
// Node's test runner has no limit.
import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';
import { readParameters } from './preloaded.mjs';

const millis = Number(readParameters(import.meta.url)('after'));
if (isMainThread)
  after(() => {
    setTimeout(end, millis).unref();
  });

function end() {
  const what = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap' && name !== 'TTYWrap');
  process.stderr.write(`${millis / 1000} s after the last test, these keep the process running: ${what.join(', ')}\n`);
  process.exit(1);
}
