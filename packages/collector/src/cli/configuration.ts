import { ConfigError, formatConfigError, type Problem } from '../config/config-error.ts';
import { loadConfig, readConfigFiles } from '../config/load.ts';
import type { ConfigSource, ServiceConfig } from '../config/model.ts';
import { registry } from '../registry.generated.ts';
import type { Console } from './console.ts';

/** What the command line says about the configuration. */
export interface ConfigOptions {
  readonly config: readonly string[];
  readonly set: readonly string[];
}

/** Reads the named files; an unreadable one is a `ConfigError`. */
export async function readSources(files: readonly string[]): Promise<readonly ConfigSource[]> {
  const { sources, errors } = await readConfigFiles(files);
  if (errors.length > 0) throw new ConfigError(errors);
  return sources;
}

/** Checks a configuration whole and prints its warnings; with errors it throws a `ConfigError` that lists all of them. */
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

/** Everything that is wrong with the named files, warnings included. */
export async function findErrors(
  files: readonly string[],
  settings: readonly string[],
  console: Console,
): Promise<readonly Problem[]> {
  const { sources, errors } = await readConfigFiles(files);
  if (errors.length > 0) return errors;
  return (await loadConfig({ sources, settings, environment: console.environment, registry })).errors;
}

function isError({ severity }: Problem): boolean {
  return severity === 'error';
}
