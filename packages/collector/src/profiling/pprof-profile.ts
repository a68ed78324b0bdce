import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Place, PprofWriter } from './pprof-writer.ts';
import { type CallFrame, stackTimes } from './stacks.ts';
import type { ThreadProfile } from './threads.ts';

const compress = promisify(gzip);

/** Writes the CPU profiles of threads as one compressed profile in the format of `go tool pprof`. */
export async function cpuProfileAsPprof(
  threads: readonly ThreadProfile[],
  { startedMillis, durationMillis, intervalMicros }: PprofTime,
): Promise<Uint8Array> {
  const writer = new PprofWriter([
    ['samples', 'count'],
    ['cpu', 'nanoseconds'],
  ]);
  for (const { name, profile } of threads) {
    const thread = writer.location({ name: `thread ${name}`, file: '', line: 0 });
    for (const { stack, count, micros } of stackTimes(profile))
      writer.sample([...stack.map((frame) => writer.location(placeOf(frame))), thread], [count, micros * 1000]);
  }
  const period = { type: 'cpu', unit: 'nanoseconds', value: intervalMicros * 1000 };
  return await compress(writer.finish({ startedMillis, durationMillis, period }));
}

/** The time of a CPU profile, and the average time between its samples. */
export interface PprofTime {
  readonly startedMillis: number;
  readonly durationMillis: number;
  readonly intervalMicros: number;
}

/** Returns the place of a function. V8 line numbers are 0-based. */
export function placeOf({
  functionName,
  url,
  lineNumber,
}: Pick<CallFrame, 'functionName' | 'url' | 'lineNumber'>): Place {
  return { name: functionName || '(anonymous)', file: url, line: lineNumber + 1 };
}
