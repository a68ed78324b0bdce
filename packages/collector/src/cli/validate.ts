import { formatConfigError } from '../config/config-error.ts';
import { type ConfigOptions, findErrors } from './configuration.ts';
import type { Console } from './console.ts';
import { CommandFailure } from './failure.ts';

/** Prints every problem of the named files on a line of its own. Exit code 1 when one of them is an error. */
export async function validateCommand({ config, set }: ConfigOptions, console: Console): Promise<void> {
  if (config.length === 0) throw new CommandFailure('expected --config FILE, the configuration to check, got none');
  const errors = await findErrors(config, set, console);
  for (const error of errors) console.print(formatConfigError(error));
  if (errors.some(({ severity }) => severity === 'error')) process.exitCode = 1;
}
