import { loadConfig, readConfigFiles } from '../config/load.ts';
import type { ConfigSource, ServiceConfig } from '../config/model.ts';
import { ConfigError, formatProblem, type Problem } from '../config/problem.ts';
import { registry } from '../registry.generated.ts';
import type { Console } from './console.ts';

/** What the command line says about the configuration. */
export interface ConfigOptions {
  readonly config: readonly string[];
  readonly set: readonly string[];
}

/** Reads the named files; an unreadable one is a `ConfigError`. */
export async function readSources(files: readonly string[]): Promise<readonly ConfigSource[]> {
  const { sources, problems } = await readConfigFiles(files);
  if (problems.length > 0) throw new ConfigError(problems);
  return sources;
}

/** Checks a configuration whole and prints its warnings; with errors it throws a `ConfigError` that lists all of them. */
export async function loadService(
  sources: readonly ConfigSource[],
  settings: readonly string[],
  console: Console,
): Promise<ServiceConfig> {
  const loaded = await loadConfig({ sources, settings, environment: console.environment, registry });
  if (!loaded.ok) throw new ConfigError(loaded.problems.filter(isError));
  for (const problem of loaded.problems) console.error(formatProblem(problem));
  return loaded.config;
}

/** Everything that is wrong with the named files, warnings included. */
export async function findProblems(
  files: readonly string[],
  settings: readonly string[],
  console: Console,
): Promise<readonly Problem[]> {
  const { sources, problems } = await readConfigFiles(files);
  if (problems.length > 0) return problems;
  return (await loadConfig({ sources, settings, environment: console.environment, registry })).problems;
}

function isError({ severity }: Problem): boolean {
  return severity === 'error';
}
