import { formatConfigError } from '../config/config-error.ts';
import { readConfigFiles } from '../config/files.ts';
import { type Loaded, loadConfig } from '../config/load.ts';
import { registry } from '../registry.generated.ts';
import { createService } from '../service/service.ts';
import { EXIT } from './commands/exit-codes.ts';
import type { ConfigOptions } from './configuration.ts';
import type { Console } from './console.ts';
import { CommandFailure } from './failure.ts';

/**
 * Prints each error and warning in the files on its own line. Sets exit code 1 if there are errors. A valid
 * configuration is built without being started, so that errors in creating components are reported too.
 */
export async function validateCommand({ config, set }: ConfigOptions, console: Console): Promise<void> {
  if (config.length === 0)
    throw new CommandFailure('expected --config FILE, the configuration to check, got none', EXIT.usage);
  const { environment } = console;
  const { sources, errors } = await readConfigFiles(config, environment);
  const loaded: Loaded =
    errors.length > 0 ? { ok: false, errors } : await loadConfig({ sources, settings: set, environment, registry });
  for (const error of loaded.errors) console.print(formatConfigError(error));
  if (loaded.ok) await createService({ config: loaded.config, environment }).shutdown();
  else process.exitCode = 1;
}
