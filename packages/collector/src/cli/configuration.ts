import { ConfigError, type Diagnostic, formatConfigError } from '../config/config-error.ts';
import type { Environment } from '../config/expand.ts';
import { readConfigFiles } from '../config/files.ts';
import { type Loaded, loadConfig } from '../config/load.ts';
import type { ConfigSource, ServiceConfig } from '../config/model.ts';
import { registry } from '../registry.generated.ts';
import type { Console } from './console.ts';

/** The command-line options that select a configuration. */
export interface ConfigOptions {
  readonly config: readonly string[];
  readonly set: readonly string[];
}

/** Reads configuration files and other sources. Throws a `ConfigError` if a source cannot be read. */
export async function readSources(uris: readonly string[], console: Console): Promise<readonly ConfigSource[]> {
  const { sources, errors } = await readConfigFiles(uris, console.environment);
  if (errors.length > 0) throw new ConfigError(errors);
  return sources;
}

/**
 * Reads and loads a configuration, with further sources after those of the options. Its errors, also those of reading, are
 * part of the result. Components that are unchanged in `running` are not checked again.
 */
export async function readAndLoad(
  { config, set }: ConfigOptions,
  environment: Environment,
  more: readonly ConfigSource[] = [],
  running?: ServiceConfig,
): Promise<Loaded> {
  const { sources, errors } = await readConfigFiles(config, environment);
  return errors.length > 0
    ? { ok: false, errors }
    : await loadConfig({ sources: [...sources, ...more], settings: set, environment, registry, running });
}

/** Loads a configuration and prints its warnings. Throws a `ConfigError` that lists all errors. */
export async function loadService(
  sources: readonly ConfigSource[],
  settings: readonly string[],
  console: Console,
): Promise<ServiceConfig> {
  const loaded = await loadConfig({ sources, settings, environment: console.environment, registry });
  if (!loaded.ok) throw new ConfigError(loaded.errors.filter(isError));
  for (const error of loaded.errors) console.error(formatConfigError(error));
  return loaded.config;
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}
