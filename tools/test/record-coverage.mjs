// Preloaded into test processes: records which functions of the packages were called, when the process ends.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { readParameters } from './preloaded.mjs';

const parameter = readParameters(import.meta.url);
if (isMainThread) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  // Counters of blocks, which NODE_V8_COVERAGE uses, make loops up to five times slower. These cost nothing.
  session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: false });
  process.on('exit', () =>
    session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (!error) write(taken.result);
    }),
  );
}

/**
 * Writes the functions of each file as start, end and whether it was called.
 *
 * @param {import('node:inspector').Profiler.ScriptCoverage[]} scripts
 */
function write(scripts) {
  const root = parameter('root');
  const files = scripts.flatMap(({ url, functions }) =>
    url.startsWith(root)
      ? [
          [
            url.slice(root.length),
            functions.flatMap(({ ranges }) =>
              ranges.map(({ startOffset, endOffset, count }) => [startOffset, endOffset, count]),
            ),
          ],
        ]
      : [],
  );
  writeFileSync(join(parameter('to'), `${process.pid}.json`), JSON.stringify(files));
}
