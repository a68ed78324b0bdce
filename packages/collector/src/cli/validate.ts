import { type Diagnostic, formatConfigError } from '../config/config-error.ts';
import { readConfigFiles } from '../config/files.ts';
import { type Loaded, loadConfig } from '../config/load.ts';
import { registry } from '../registry.generated.ts';
import { createService } from '../service/service.ts';
import { EXIT } from './commands/exit-codes.ts';
import type { ConfigOptions } from './configuration.ts';
import type { Console } from './console.ts';
import { CommandFailure } from './failure.ts';
import { terminalText } from './terminal-text.ts';

/** Options for `otelier validate`. */
export interface ValidateOptions extends ConfigOptions {
  readonly json?: boolean;
}

/**
 * Prints each error and warning in the files on its own line. Sets exit code 1 if there are errors. A valid
 * configuration is built without being started, so that errors in creating components are reported too.
 */
export async function validateCommand({ config, set, json }: ValidateOptions, console: Console): Promise<void> {
  if (config.length === 0)
    throw new CommandFailure('expected --config FILE, the configuration to check, got none', EXIT.usage);
  const { environment } = console;
  const { sources, errors } = await readConfigFiles(config, environment);
  const loaded: Loaded =
    errors.length > 0 ? { ok: false, errors } : await loadConfig({ sources, settings: set, environment, registry });
  if (json) console.print(terminalText(JSON.stringify(loaded.errors.map(diagnosticAsJson), undefined, 2)));
  else for (const error of loaded.errors) console.print(formatConfigError(error));
  if (loaded.ok) await createService({ config: loaded.config, environment }).shutdown();
  else process.exitCode = 1;
}

function diagnosticAsJson({ severity, position: { source, line, column }, path, message }: Diagnostic): object {
  return { severity, source, ...(line > 0 && { line, column }), path, message };
}
