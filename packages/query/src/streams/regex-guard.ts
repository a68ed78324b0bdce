import { createContext, Script } from 'node:vm';
import type { Pattern } from '../patterns/pattern.ts';

type Tester = Pick<Pattern, 'test'>;

const testAll = new Script('texts.map((text) => pattern.test(text))');
const world: { pattern: Tester; texts: readonly string[] } = { pattern: { test: () => false }, texts: [] };
let context: object | undefined;

/**
 * Tests many texts against an expression of a client within a limit of CPU time; `undefined` when it is exceeded. Matching
 * is linear, but a large expression on many long texts still takes longer than the thread of the telemetry can spare.
 * Starting the watchdog takes 0.1 ms, therefore many texts at once. It goes by the clock, so that on a busy machine it may
 * come to an expression that has hardly run, which is then tried again.
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
/** Of a millisecond of the limit: the clock and the measure of CPU time do not agree to the last. */
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

/** The error is one of the other world, whose `Error` is not ours. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
