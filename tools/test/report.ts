import { relative } from 'node:path';
import type { EventData, TestsStream } from 'node:test';
import { BATCH_SUFFIX, type Batch } from './batches.ts';

/** The result of a test run. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Every failure in full, in test order. */
  readonly failures: readonly string[];
  /** The entries of the batches in which tests failed. */
  readonly failedEntries: readonly string[];
}

const MAX_OUTPUT_CHARACTERS = 4_000;

/**
 * Prints one line per test file and every failure in full, and resolves with the counts. The runner's own `spec`
 * reporter prints a line per test, which hides failures.
 */
export async function report(
  events: TestsStream,
  batches: readonly Batch[],
  print: (text: string) => void,
): Promise<Counts> {
  const printer = new Printer(batches, print);
  let counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [], failedEntries: [] };
  for await (const event of events) {
    if (event.type === 'test:stderr') printer.keepErrorOutput(event.data);
    else if (event.type === 'test:pass') printer.addResult(event.data, undefined);
    else if (event.type === 'test:fail') printer.addResult(event.data, event.data.details.error);
    else if (event.type === 'test:summary' && event.data.file !== undefined)
      printer.endProcess(event.data.file, event.data);
    else if (event.type === 'test:summary') {
      const { tests, passed, skipped, todo } = event.data.counts;
      const { failures } = printer;
      const failedEntries = [...printer.failedEntries];
      // A file of a batch that cannot be loaded is a failure without a test.
      const failed = Math.max(tests - passed - skipped - todo, failures.length);
      counts = { passed, failed, skipped: skipped + todo, failures, failedEntries };
    }
  }
  return counts;
}

class Printer {
  readonly failures: string[] = [];
  readonly failedEntries = new Set<string>();
  readonly #print: (text: string) => void;
  /** Files by the entry of their batch. */
  readonly #shared: ReadonlyMap<string, readonly string[]>;
  readonly #suites: ReadonlySet<string>;
  readonly #errorOutput = new Map<string, string>();
  /** The results of the current file; the runner reports one process after the other. */
  #passed = 0;
  #failed = 0;

  constructor(batches: readonly Batch[], print: (text: string) => void) {
    this.#shared = new Map(
      batches.filter(({ entry }) => entry.endsWith(BATCH_SUFFIX)).map(({ entry, files }) => [entry, files]),
    );
    this.#suites = new Set([...this.#shared.values()].flat());
    this.#print = print;
  }

  keepErrorOutput({ file, message }: { readonly file: string | undefined; readonly message: string }): void {
    const before = this.#errorOutput.get(file ?? '') ?? '';
    this.#errorOutput.set(file ?? '', `${before}${message}`.slice(-MAX_OUTPUT_CHARACTERS));
  }

  addResult(
    { file = '', name, nesting, details, skip, todo }: EventData.TestPass | EventData.TestFail,
    error: Error | undefined,
  ): void {
    if (error !== undefined && !isParentOfFailure(error)) this.#addFailure(file, name, error);
    if (name === file) this.#forget();
    else if (nesting === 0 && this.#suites.has(name)) this.#endFile(name, error === undefined, details.duration_ms);
    else if (details.type === 'suite' || skip !== undefined || todo !== undefined) return;
    else if (error === undefined) this.#passed += 1;
    else this.#failed += 1;
  }

  endProcess(
    entry: string,
    { success, duration_ms }: { readonly success: boolean; readonly duration_ms: number },
  ): void {
    if (!success) this.failedEntries.add(entry);
    // The files of a batch have ended with their suites.
    if (!this.#shared.has(entry)) this.#endFile(relative(process.cwd(), entry), success, duration_ms);
  }

  #addFailure(file: string, name: string, error: Error): void {
    const where = this.#shared.get(file)?.join(', ') ?? relative(process.cwd(), file);
    // A process that ends early has no failed test, only what it has printed.
    if (name === file) this.failedEntries.add(file);
    const failure =
      name === file
        ? `\n✖ ${where}: ended early\n${indent(this.#errorOutput.get(file) ?? error.message)}\n`
        : `\n✖ ${where}: ${name}\n${indent(describeError(error))}\n`;
    this.failures.push(failure);
    this.#print(failure);
  }

  #endFile(file: string, succeeded: boolean, millis: number): void {
    const isGood = succeeded && this.#failed === 0;
    const counted = this.#failed > 0 ? `${this.#passed} passed, ${this.#failed} failed` : `${this.#passed} passed`;
    this.#print(`${isGood ? '✔' : '✖'} ${file} (${counted}, ${(millis / 1000).toFixed(1)} s)\n`);
    this.#forget();
  }

  #forget(): void {
    this.#passed = 0;
    this.#failed = 0;
  }
}

/** A test fails if its subtests do, but only the subtest's own failure states the reason. */
function isParentOfFailure(error: Error & { failureType?: unknown }): boolean {
  return error.cause === undefined || error.failureType === 'subtestsFailed';
}

function describeError(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
