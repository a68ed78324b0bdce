import { ConfigError } from '../config/config-error.ts';
import { terminalText } from './terminal-text.ts';

/** A reason for the command line to end with code 1: the message is shown to the user as it is, without a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}

/** Runs a command's work; what the user can mend is printed in a sentence, anything else is a bug and keeps its stack. */
export async function reportFailures(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.stderr.write(`${terminalText(describeFailure(error))}\n`);
    process.exitCode = 1;
  }
}

/** Errors that say for themselves what to do. */
const FOR_USERS = new Set([
  'CommandFailure',
  'QueryError',
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
