import { createApiClient } from '@otelier/query/client';
import type { Console } from '../console.ts';
import { terminalText } from '../terminal-text.ts';
import { frameLines } from './frame.ts';
import { showLive } from './live.ts';
import { sortRows } from './rows.ts';
import { Sampler } from './sampler.ts';
import type { SortName } from './sort-names.ts';

/** The options of `otelier top`. */
export interface TopOptions {
  readonly url: string;
  /** Seconds between pictures. */
  readonly interval: number;
  readonly sort: SortName;
  readonly once?: boolean;
  readonly json?: boolean;
  /** Whether to measure the CPU usage of components, with a coarse profile. */
  readonly cpu: boolean;
}

/** Shows the components of a running process and their rates, live on a terminal, or once. */
export async function topCommand(options: TopOptions, console: Console): Promise<void> {
  const { url, interval, sort, once = false, json = false, cpu } = options;
  const sampler = new Sampler(createApiClient(url, { token: console.environment['OTELIER_TOKEN'] }), cpu);
  await sampler.start();
  if (!once && !json && process.stdout.isTTY && process.stdin.isTTY) {
    await showLive(sampler, interval * 1000, sort, console.paint);
    return;
  }
  const sample = await sampler.next(interval * 1000, new AbortController().signal);
  if (json) {
    const { process: stats, admission, atMillis } = sample.graph;
    const shared = sample.cpu && Object.fromEntries(sample.cpu.shared);
    const value = {
      atMillis,
      process: stats,
      admission,
      sharedCpuCores: shared,
      components: sortRows(sample.rows, sort),
    };
    console.print(terminalText(JSON.stringify(value, undefined, 2)));
    return;
  }
  for (const line of frameLines({ ...sample, sort }, console.paint)) console.print(line);
}
