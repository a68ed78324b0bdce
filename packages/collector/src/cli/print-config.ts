import { stringify } from 'yaml';
import { ConfigError, formatConfigError } from '../config/config-error.ts';
import { resolveConfig } from '../config/load.ts';
import { redactedConfig } from '../config/print/redacted-config.ts';
import { plainValue } from '../config/tree.ts';
import { registry } from '../registry.generated.ts';
import { builtInConfig } from './built-in.ts';
import { type ConfigOptions, readSources } from './configuration.ts';
import type { Console } from './console.ts';

/** Options for `otelier print-config`. */
export interface PrintConfigOptions extends ConfigOptions {
  readonly mode: 'redacted' | 'unredacted';
  readonly format: 'yaml' | 'json';
}

/** Prints the configuration with all sources merged and all references expanded, by default with secrets redacted. */
export async function printConfigCommand(options: PrintConfigOptions, console: Console): Promise<void> {
  const { config, set, mode, format } = options;
  const builtIn = { name: 'built in', text: builtInConfig({ data: './.otelier', demo: false }) };
  const sources = config.length > 0 ? await readSources(config, console) : [builtIn];
  const { tree, errors } = resolveConfig({ sources, settings: set, environment: console.environment });
  if (tree === undefined || errors.some(({ severity }) => severity === 'error')) throw new ConfigError(errors);
  for (const error of errors) console.error(formatConfigError(error));
  const value = mode === 'unredacted' ? plainValue(tree) : await redactedConfig(tree, registry);
  console.print(format === 'json' ? JSON.stringify(value, undefined, 2) : stringify(value).trimEnd());
}
