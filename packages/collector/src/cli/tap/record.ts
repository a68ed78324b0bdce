import type { Signal } from '@otelier/otlp';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { TestRecorder } from '../test/record.ts';
import { type TapOptions, tapCommand } from './command.ts';

/** The options of `otelier tap --record`. */
export interface RecordOptions extends TapOptions {
  /** Path of the test file to write, such as `checkout.test.yaml`. */
  readonly record: string;
  /** Paths of the configuration files of the process. */
  readonly config: readonly string[];
}

/** Number of items that are recorded without `--limit`. */
const DEFAULT_LIMIT = 100;

/** Records items that pass an edge or enter a component as a pipeline test. */
export async function recordCommand(
  at: string,
  { record, config, limit = DEFAULT_LIMIT, ...options }: RecordOptions,
  console: Console,
): Promise<void> {
  const { environment } = console;
  const recorder = new TestRecorder({ file: record, edge: at, config, maxItems: limit, environment });
  await tapCommand(at, { ...options, limit }, console, {
    take: ({ data }) => recorder.addJson(data.signal as Signal, JSON.stringify(data.request)),
  });
  const { items, files, reason } = await recorder.close();
  if (items === 0) throw new CommandFailure('nothing recorded: no item passed');
  for (const file of files) console.print(`wrote ${file}`);
  if (reason !== undefined) console.error(`otelier: expected output not recorded: ${reason}`);
}
