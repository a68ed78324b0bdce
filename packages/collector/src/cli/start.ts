import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../component/version.ts';
import { createService, type DrainReport, type Service } from '../service/service.ts';
import { bannerLines } from './banner.ts';
import { letHeapsGrow, tuneBufferMemory } from './buffer-memory.ts';
import { builtInConfig } from './built-in.ts';
import { type ConfigOptions, loadService, readSources } from './configuration.ts';
import type { Console } from './console.ts';
import { CommandFailure } from './failure.ts';
import { untilStopped } from './stop.ts';

/** What `otelier` without a command was called with. */
export interface StartOptions extends ConfigOptions {
  readonly data?: string;
  readonly demo?: boolean;
}

/** How far back the shop of `--demo` goes when its store is new. */
const DEMO_HISTORY = '15m';

/** Starts the gateway, says where everything is, and drains when it is told to stop. */
export async function startCommand(options: StartOptions, console: Console): Promise<void> {
  tuneBufferMemory();
  const service = await createFromOptions(options, console);
  // Listened for from the beginning: whoever reads the banner may stop us at once.
  const stop = untilStopped();
  const report = await Promise.race([serve(service, stop, console), stop.then(({ again }) => again)]);
  if (report !== undefined) return console.print(drainSentence(report));
  console.print('Stopped at once, on request.');
  // What was being waited for may never end.
  process.exit(INTERRUPTED_EXIT_CODE);
}

async function serve(service: Service, stop: Promise<unknown>, console: Console): Promise<DrainReport> {
  await service.start();
  for (const line of bannerLines(VERSION, service.host.endpoints(), service.graph())) console.print(line);
  const growNoMore = letHeapsGrow(() => service.graph().admission.inFlightBytes);
  await stop;
  growNoMore();
  const report = await service.drain();
  await service.shutdown();
  return report;
}

/** What shells make of a process that Ctrl-C ended: 128 and the number of SIGINT. */
const INTERRUPTED_EXIT_CODE = 130;

/** A service of the files that were named, or of the built-in configuration. */
export async function createFromOptions(options: StartOptions, console: Console): Promise<Service> {
  const { config, set, data, demo = false } = options;
  if (config.length > 0 && (demo || data !== undefined)) {
    throw new CommandFailure(
      `--${demo ? 'demo' : 'data'} belongs to the built-in configuration and does not go together with --config: ${demo ? 'add the receiver "generator"' : 'set exporters.store.directory'} there.`,
    );
  }
  const sources = config.length > 0 ? await readSources(config) : [builtInSource(data ?? './.otelier', demo)];
  const loaded = await loadService(sources, set, console);
  return createService({ config: loaded, environment: console.environment });
}

function builtInSource(data: string, demo: boolean) {
  const isNew = !existsSync(join(data, 'store.json'));
  return { name: 'built in', text: builtInConfig({ data, demo, demoHistory: isNew ? DEMO_HISTORY : '0s' }) };
}

/** What became of the telemetry that was inside. */
export function drainSentence({ forwardedItems, lostItems, millis }: DrainReport): string {
  const seconds = (millis / 1000).toFixed(1);
  const forwarded =
    forwardedItems === 0
      ? 'nothing was waiting'
      : `${forwardedItems.toLocaleString('en')} waiting ${forwardedItems === 1 ? 'item' : 'items'} handed on`;
  const lost =
    lostItems === 0
      ? 'nothing was lost'
      : `${lostItems.toLocaleString('en')} ${lostItems === 1 ? 'item' : 'items'} LOST because time was up`;
  return `Drained in ${seconds} s: ${forwarded}, ${lost}.`;
}
