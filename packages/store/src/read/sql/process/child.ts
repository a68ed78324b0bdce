import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { setPriority } from 'node:os';
import { failureOf } from './failures.ts';
import { type ChildOptions, type FromChild, RESULT_PIPE, type ToChild } from './protocol.ts';
import { StatementRunner } from './statement.ts';

/** The process that runs user SQL. It exits when its parent does or when it exceeds its memory limit. */

const options = JSON.parse(process.argv[2] ?? '{}') as ChildOptions;
const WATCH_MILLIS = 20;

// The parent exited or was killed. A graceful exit would wait for DuckDB's threads.
process.on('disconnect', endNow);
const results = new Socket({ fd: RESULT_PIPE, readable: false, writable: true });
results.on('error', endNow);
const runner = new StatementRunner(options);
process.on('message', (message: ToChild) => void handle(message));
// Enforces the limit on systems where neither the kernel nor the parent can.
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
    const { pieces, truncated } = await runner.run(message.views, message.limits, message.files);
    send({ kind: 'result', sizeBytes: pieces.reduce((sum, { length }) => sum + length, 0), truncated });
    for (const piece of pieces) results.write(piece);
  } catch (error) {
    send({ kind: 'failure', ...failureOf(error) });
  }
}

/** Makes the kernel's OOM killer choose this process first. */
function dieFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Supported on Linux only.
  }
}

/**
 * Lowers the process's priority, so that ingestion gets the CPU first. Called only after startup, because statements
 * wait for it.
 */
function yieldToOthers(): void {
  try {
    setPriority(10);
  } catch {
    // Not all systems allow a process to lower its priority.
  }
}

function send(message: FromChild): void {
  process.send?.(message);
}

function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
