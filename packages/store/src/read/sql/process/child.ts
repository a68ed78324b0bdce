import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { setPriority } from 'node:os';
import { failureOf } from './failures.ts';
import { type ChildOptions, type FromChild, RESULT_PIPE, type ToChild } from './protocol.ts';
import { StatementRunner } from './statement.ts';

/** The process in which users' SQL runs. It ends with its parent, and ends itself when it takes more memory than it may. */

const options = JSON.parse(process.argv[2] ?? '{}') as ChildOptions;
const WATCH_MILLIS = 20;

// The parent is gone, perhaps killed. An orderly exit would wait for DuckDB's threads.
process.on('disconnect', endNow);
const results = new Socket({ fd: RESULT_PIPE, readable: false, writable: true });
results.on('error', endNow);
const runner = new StatementRunner(options);
process.on('message', (message: ToChild) => void handle(message));
// Where the system has no limit for a process, and the parent cannot see its memory, this is the limit.
setInterval(() => {
  if (process.memoryUsage.rss() > options.memoryLimitBytes) endNow();
}, WATCH_MILLIS).unref();
dieFirst();
send({ kind: 'ready' });

async function handle(message: ToChild): Promise<void> {
  yieldToOthers();
  try {
    if (message.kind === 'examine') {
      send({ kind: 'examined', ...(await runner.examine(message.tenant, message.statement)) });
      return;
    }
    const pieces = await runner.run(message.views, message.limits);
    send({ kind: 'result', sizeBytes: pieces.reduce((sum, { length }) => sum + length, 0) });
    for (const piece of pieces) results.write(piece);
  } catch (error) {
    send({ kind: 'failure', ...failureOf(error) });
  }
}

/** Lets the kernel end this process first when the machine is out of memory. */
function dieFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Only Linux has it.
  }
}

/** Lets ingestion have the processors first; not before the start is over, which statements wait for. */
function yieldToOthers(): void {
  try {
    setPriority(10);
  } catch {
    // Not every system lets a process choose.
  }
}

function send(message: FromChild): void {
  process.send?.(message);
}

function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
