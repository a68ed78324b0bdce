import { ConfigError } from '../config/config-error.ts';
import { EXIT } from './commands/exit-codes.ts';
import { endProgress } from './console.ts';
import { terminalText } from './terminal-text.ts';

/** An error that ends a command, by default with exit code 1. Its message is printed without a stack trace. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failure) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs a command and prints any failure: user-fixable errors as a message, other errors as a bug with a stack trace. */
export async function reportFailures(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    endProgress();
    process.stderr.write(`${terminalText(describeFailure(error))}\n`);
    process.exitCode = error instanceof CommandFailure ? error.exitCode : EXIT.failure;
  } finally {
    endProgress();
  }
}

/** Names of user-fixable errors. */
const USER_ERRORS = new Set([
  'BackupError',
  'CommandFailure',
  'EncryptionError',
  'IdentityChangeError',
  'IdentityDatabaseError',
  'IdentityMissingError',
  'IdentityUnavailableError',
  'ImportStateError',
  'MappingError',
  'MissingKeyError',
  'QueryBusyError',
  'QueryError',
  'QueryLimitError',
  'StoreOpenError',
  'ListenError',
  'ApiClientError',
  'StartError',
  'TelemetryError',
]);

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return `otelier: ${error}`;
  // Editors and terminals turn FILE:LINE at the start of a line into a link.
  if (error instanceof ConfigError) return `${error.message}\notelier: nothing was started; correct the configuration.`;
  if (USER_ERRORS.has(error.name)) return `otelier: ${error.message}`;
  return `otelier: ${error.stack ?? error.message}\nThis is a bug in otelier; please report it with the lines above.`;
}
