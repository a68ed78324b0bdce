import { createContext, Script } from 'node:vm';
import type { Pattern } from '../patterns/pattern.ts';

type Tester = Pick<Pattern, 'test'>;

const testAll = new Script('texts.map((text) => pattern.test(text))');
const world: { pattern: Tester; texts: readonly string[] } = { pattern: { test: () => false }, texts: [] };
let context: object | undefined;

/**
 * Tests many strings against a client's regular expression within a CPU time limit. Returns `undefined` if it is
 * exceeded. Matching is linear, but a large expression on many long strings still takes longer than the ingest thread
 * can spare. Starting the watchdog takes 0.1 ms, so many strings are tested at a time. The watchdog measures wall-clock
 * time: on a busy machine, it can stop an expression that has hardly run, which is then retried.
 */
export function testWithin(
  limitMillis: number,
  pattern: Tester,
  texts: readonly string[],
): readonly boolean[] | undefined {
  if (texts.length === 0) return [];
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const before = process.threadCpuUsage();
    const matches = testOnce(limitMillis, pattern, texts);
    if (matches !== undefined) return matches;
    const { user, system } = process.threadCpuUsage(before);
    if (user + system > limitMillis * ENOUGH_MICROS) return undefined;
  }
  return undefined;
}

const MAX_ATTEMPTS = 20;
/**
 * CPU time above which the limit counts as exceeded, in microseconds per millisecond of the limit. Wall-clock and CPU
 * time differ slightly.
 */
const ENOUGH_MICROS = 700;

function testOnce(limitMillis: number, pattern: Tester, texts: readonly string[]): readonly boolean[] | undefined {
  context ??= createContext(world);
  world.pattern = pattern;
  world.texts = texts;
  try {
    return testAll.runInContext(context, { timeout: limitMillis }) as readonly boolean[];
  } catch (error) {
    if (isTimeout(error)) return undefined;
    throw error;
  } finally {
    world.texts = [];
  }
}

/** Compares the error code, because the error belongs to another realm. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
