import { requestToJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { fileLog } from '../../../packages/collector/src/receivers/file_log.ts';
import type { StanzaCase } from './case.ts';
import { recordLines } from './normalize.ts';

const MAX_POLLS = 2000;

/** Escapes dollar signs, which configurations replace by environment variables. */
function escaped(operators: NonNullable<StanzaCase['operators']>): typeof operators {
  return JSON.parse(JSON.stringify(operators).replaceAll('$', '$$$$')) as typeof operators;
}

/** Reads the file of a case until the expected number of log records has arrived, and returns them as lines. */
export async function runHere(
  { options, operators }: StanzaCase,
  path: string,
  directory: string,
  startMillis: number,
  expected: number,
): Promise<string[]> {
  const bench = await createComponentBench(fileLog, {
    startMillis,
    config: {
      include: [path],
      start_at: 'beginning',
      poll_interval: '1s',
      ...options,
      operators: escaped(operators ?? []),
    },
  });
  await bench.start();
  // Later polls read what waits for its rest, and end series of entries.
  const count = () => bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0);
  for (let polls = 0; polls < MAX_POLLS && count() < expected; polls++) {
    await bench.clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await bench.close();
  const requests = bench.received.flatMap(({ parts }) =>
    parts.map((part) => JSON.parse(requestToJson('logs', part)) as unknown),
  );
  return recordLines(requests, directory);
}
