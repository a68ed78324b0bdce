import { ConfigError } from '../config/config-error.ts';
import { terminalText } from './terminal-text.ts';

/** Ends the command line with code 1. The message is printed without a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}

/** Runs a command. Prints a user-fixable error as a message, and any other error with its stack as a bug. */
export async function reportFailures(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.stderr.write(`${terminalText(describeFailure(error))}\n`);
    process.exitCode = 1;
  }
}

/** Names of errors whose message says what to do. */
const FOR_USERS = new Set([
  'CommandFailure',
  'QueryBusyError',
  'QueryError',
  'QueryLimitError',
  'StoreOpenError',
  'ListenError',
  'ApiClientError',
  'StartError',
]);

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return `otelier: ${error}`;
  // Editors and terminals make links of lines that begin with FILE:LINE.
  if (error instanceof ConfigError) return `${error.message}\notelier: nothing was started; correct the configuration.`;
  if (FOR_USERS.has(error.name)) return `otelier: ${error.message}`;
  return `otelier: ${error.stack ?? error.message}\nThis is a bug in otelier; please report it with the lines above.`;
}
