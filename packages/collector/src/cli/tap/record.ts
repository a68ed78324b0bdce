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

/** Records items that pass an edge or enter a component as a pipeline test, until the limit or a signal. */
export async function recordCommand(
  at: string,
  { record, config, limit = DEFAULT_LIMIT, ...options }: RecordOptions,
  console: Console,
): Promise<void> {
  const { environment } = console;
  const recorder = new TestRecorder({ file: record, edge: at, config, maxItems: limit, environment });
  const interrupt = untilInterrupted();
  try {
    await tapCommand(at, { ...options, limit }, console, {
      signal: interrupt.signal,
      take: ({ data }) => {
        const isFirst = recorder.items === 0;
        const isOpen = recorder.addJson(data.signal as Signal, JSON.stringify(data.request));
        if (isFirst && isOpen) console.print(`Recording up to ${limit} items. Stop with Ctrl-C`);
        return isOpen;
      },
    });
    const { items, files, reason } = await recorder.close();
    if (items === 0) throw new CommandFailure('nothing recorded: no item passed');
    for (const file of files) console.print(`wrote ${file}`);
    if (reason !== undefined) console.error(`otelier: expected output not recorded: ${reason}`);
  } finally {
    interrupt.clear();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Returns a signal that is aborted by Ctrl-C. Further ones are ignored, so that they do not cut the files short. */
function untilInterrupted(): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  return {
    signal: controller.signal,
    clear() {
      for (const signal of SIGNALS) process.off(signal, interrupt);
    },
  };
}
