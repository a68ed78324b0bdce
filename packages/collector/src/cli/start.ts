import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { returnMemoryWhenIdle } from '@otelier/store/idle-memory';
import { VERSION } from '../component/version.ts';
import { configFilesOf, isModuleFile } from '../config/files.ts';
import { loadConfig } from '../config/load.ts';
import type { ConfigSource, ServiceConfig } from '../config/model.ts';
import { registry } from '../registry.generated.ts';
import type { ConfigurationSource } from '../service/editing/editor.ts';
import { createService, type DrainReport, type Service } from '../service/service.ts';
import { bannerLines } from './banner.ts';
import { allowHeapGrowth, tuneBufferMemory } from './buffer-memory.ts';
import { builtInConfig } from './built-in.ts';
import { EXIT } from './commands/exit-codes.ts';
import { type ConfigOptions, loadService, readAndLoad, readSources } from './configuration.ts';
import type { Console } from './console.ts';
import { CommandFailure } from './failure.ts';
import { reloadOnRequest } from './reload/triggers.ts';
import { untilStopped } from './stop.ts';

/** Options for `otelier` without a command. */
export interface StartOptions extends ConfigOptions {
  readonly data?: string;
  readonly demo?: boolean;
  /** Whether to reload the configuration when its files change. */
  readonly watch?: boolean;
}

/** Length of the history that `--demo` generates in a new store. */
const DEMO_HISTORY = '15m';

/** Longest interval of a timer. */
const MAX_INTERVAL_MILLIS = 0x7fff_ffff;

/** Starts the gateway, prints its endpoints, and drains on SIGINT or SIGTERM. */
export async function startCommand(options: StartOptions, console: Console): Promise<void> {
  tuneBufferMemory();
  const service = await createFromOptions(options, console);
  // Registered before the banner is printed, because a process that reads it may send a signal immediately.
  const stop = untilStopped();
  const stopReloads = reloadOnRequest(service, options.config, options.watch ?? false);
  const isDone = await Promise.race([serve(service, stop, console), stop.then(({ again }) => again)]);
  stopReloads();
  if (isDone) return;
  console.print('Stopped immediately, on request.');
  // Pending work may never finish.
  process.exit(EXIT.interrupted);
}

async function serve(service: Service, stop: Promise<unknown>, console: Console): Promise<true> {
  await service.start();
  // Others could read it where output is collected.
  const editToken = console.columns === undefined ? undefined : service.host.editToken;
  for (const line of bannerLines(VERSION, service.host.endpoints(), service.graph(), editToken)) console.print(line);
  const stopHeapGrowth = allowHeapGrowth(() => service.graph().admission.inFlightBytes);
  const stopIdleCollection = returnMemoryWhenIdle();
  // Components without sockets, such as `nop`, do not keep the process running.
  const alive = setInterval(() => undefined, MAX_INTERVAL_MILLIS);
  await stop;
  clearInterval(alive);
  stopHeapGrowth();
  stopIdleCollection();
  // A supervisor may kill the process during shutdown, and the report must not be lost.
  console.print(drainSentence(await service.drain()));
  await service.shutdown();
  return true;
}

/** Creates a service from the given configuration sources, or from the built-in configuration. */
export async function createFromOptions(options: StartOptions, console: Console): Promise<Service> {
  const { config, set, data, demo = false, watch = false } = options;
  if (config.length > 0 && (demo || data !== undefined)) {
    throw new CommandFailure(
      `--${demo ? 'demo' : 'data'} belongs to the built-in configuration and does not go together with --config: ${demo ? 'add the receiver "generator"' : 'set exporters.store.directory'} there.`,
      EXIT.usage,
    );
  }
  if (watch && config.length === 0)
    throw new CommandFailure('expected --config FILE with --watch, got none', EXIT.usage);
  const sources = config.length > 0 ? await readSources(config, console) : [builtInSource(data ?? './.otelier', demo)];
  const loaded = await loadService(sources, set, console);
  const { environment } = console;
  const readConfig = (remote: readonly ConfigSource[], running?: ServiceConfig) =>
    config.length > 0
      ? readAndLoad({ config, set }, environment, remote, running)
      : loadConfig({ sources: [...sources, ...remote], settings: set, environment, registry, running });
  return createService({ config: loaded, environment, readConfig, source: sourceOf(config) });
}

/** Returns the file that edits of the configuration replace. */
function sourceOf(uris: readonly string[]): ConfigurationSource {
  const [uri = '', ...others] = uris;
  if (uri === '') {
    const how = 'write `otelier config print` to a file, and start otelier with `--config FILE`';
    return { readOnly: `it is built in: to change it, ${how}` };
  }
  if (others.length > 0) return { readOnly: `it is merged from ${uris.length} sources` };
  const [file] = configFilesOf([uri]);
  if (file === undefined) return { readOnly: `it is given by ${uri.slice(0, uri.indexOf(':') + 1)}, not by a file` };
  return isModuleFile(file) ? { readOnly: `the module ${file} makes it; change it there` } : { file };
}

function builtInSource(data: string, demo: boolean) {
  const isNew = !existsSync(join(data, 'store.json'));
  return { name: 'built in', text: builtInConfig({ data, demo, demoHistory: isNew ? DEMO_HISTORY : '0s' }) };
}

/** Formats a drain result for the user. */
export function drainSentence({ forwardedItems, lostItems, millis }: DrainReport): string {
  const seconds = (millis / 1000).toFixed(1);
  const forwarded =
    forwardedItems === 0
      ? 'nothing was buffered'
      : `${forwardedItems.toLocaleString('en')} buffered ${forwardedItems === 1 ? 'item' : 'items'} forwarded`;
  const lost =
    lostItems === 0
      ? 'nothing was lost'
      : `${lostItems.toLocaleString('en')} ${lostItems === 1 ? 'item' : 'items'} LOST, because no destination took them in time`;
  return `Drained in ${seconds} s: ${forwarded}, ${lost}.`;
}
