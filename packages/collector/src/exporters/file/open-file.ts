import type { SignalContext } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { Host, Lease } from '../../component/host.ts';
import { directoryMode, type FileConfig } from './config.ts';
import { RotatingFile } from './rotating-file.ts';

/** An open file, and the settings that all of its exporters must agree on. */
export interface OpenFile {
  readonly file: RotatingFile;
  readonly settings: string;
  close(): Promise<void>;
}

/** Opens a file, or shares one that an exporter of the service has open with the same settings. */
export async function openFile(path: string, config: FileConfig, context: SignalContext): Promise<Lease<OpenFile>> {
  const settings = settingsOf(config);
  const lease = await context.host.share(`file:${path}`, () => open(path, config, context));
  if (lease.value.settings === settings) return lease;
  await lease.release();
  throw new Error(`path: expected a file that no other exporter writes with different settings, got ${path}`);
}

/** Returns the settings of an exporter, without its path. */
export function settingsOf({ path: _, ...rest }: FileConfig): string {
  return JSON.stringify(rest);
}

async function open(path: string, config: FileConfig, context: SignalContext): Promise<OpenFile> {
  const { append, flushInterval, rotation } = config;
  const { clock, host, logger } = context;
  const written = writtenBy(host);
  try {
    const file = await RotatingFile.open({
      path,
      append: append || written.has(path),
      directoryMode: directoryMode(config),
      flushIntervalMillis: flushInterval,
      rotation,
      clock,
      onError: (error) => logger.error({ reason: errorMessage(error), path }, 'file maintenance failed'),
    });
    written.add(path);
    return { file, settings: settingsOf(config), close: () => file.close() };
  } catch (error) {
    throw new Error(`path: expected a writable file, got ${path}: ${errorMessage(error)}`, { cause: error });
  }
}

/**
 * The paths that a service has opened. A reload, or a write to a file that was closed because of `max_open_files`, opens a
 * file again and must keep its contents.
 */
class WrittenPaths {
  readonly #paths = new Set<string>();

  add(path: string): void {
    if (this.#paths.size < MAX_PATHS) this.#paths.add(path);
  }

  /** Values of telemetry are unlimited: beyond a limit, no file is truncated. */
  has(path: string): boolean {
    return this.#paths.has(path) || this.#paths.size >= MAX_PATHS;
  }
}

const MAX_PATHS = 10_000;
const WRITTEN = new WeakMap<Host, WrittenPaths>();

function writtenBy(host: Host): WrittenPaths {
  const written = WRITTEN.get(host) ?? new WrittenPaths();
  WRITTEN.set(host, written);
  return written;
}
