import { relative } from 'node:path';
import type { TestsStream } from 'node:test';

/** The result of a test run. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Every failure in full, in test order. */
  readonly failures: readonly string[];
}

/**
 * Prints one line per test file and every failure in full, and resolves with the counts. The runner's own `spec`
 * reporter prints a line per test, which hides failures.
 */
export async function report(events: TestsStream, print: (text: string) => void): Promise<Counts> {
  const failures: string[] = [];
  let counts: Counts = { passed: 0, failed: 0, skipped: 0, failures };
  for await (const event of events) {
    if (
      event.type === 'test:fail' &&
      event.data.details.error.cause !== undefined &&
      !isParentOfFailure(event.data.details.error)
    ) {
      const failure = `\n✖ ${relative(process.cwd(), event.data.file ?? '')}: ${event.data.name}\n${describeError(event.data.details.error)}\n`;
      failures.push(failure);
      print(failure);
    }
    if (event.type !== 'test:summary') continue;
    const { passed, tests, skipped, todo } = event.data.counts;
    const failed = tests - passed - skipped - todo;
    if (event.data.file === undefined) counts = { passed, failed, skipped: skipped + todo, failures };
    else {
      const file = relative(process.cwd(), event.data.file);
      const counted = failed > 0 ? `${passed} passed, ${failed} failed` : `${passed} passed`;
      print(
        `${failed > 0 || !event.data.success ? '✖' : '✔'} ${file} (${counted}, ${(event.data.duration_ms / 1000).toFixed(1)} s)\n`,
      );
    }
  }
  return counts;
}

/** A test fails if its subtests do, but only the subtest's own failure states the reason. */
function isParentOfFailure(error: Error & { failureType?: unknown }): boolean {
  return error.failureType === 'subtestsFailed';
}

function describeError(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return (cause.stack ?? cause.message).replace(/^/gm, '    ');
}
