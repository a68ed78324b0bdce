import { formatConfigError } from '../config/config-error.ts';
import { validateConfig } from '../config/load.ts';
import { registry } from '../registry.generated.ts';
import type { ConfigOptions } from './configuration.ts';
import type { Console } from './console.ts';
import { CommandFailure } from './failure.ts';

/** Prints every error and warning of the files on its own line. Sets exit code 1 if there are errors. */
export async function validateCommand({ config, set }: ConfigOptions, console: Console): Promise<void> {
  if (config.length === 0) throw new CommandFailure('expected --config FILE, the configuration to check, got none');
  const errors = await validateConfig(config, { settings: set, environment: console.environment, registry });
  for (const error of errors) console.print(formatConfigError(error));
  if (errors.some(({ severity }) => severity === 'error')) process.exitCode = 1;
}
