import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIT_FILE, HEAD_FILE, PUBLIC_KEY_FILE, readPublicKey, verifyAuditLog } from '@otelier/identity';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';

/** The options of `otelier audit verify`. */
export interface AuditVerifyOptions {
  readonly directory: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** Verifies the signatures, order and completeness of an audit log, and sets exit code 1 if it was changed. */
export async function auditVerifyCommand(
  { directory, key = join(directory, PUBLIC_KEY_FILE), json }: AuditVerifyOptions,
  console: Console,
): Promise<void> {
  const log = join(directory, AUDIT_FILE);
  for (const [option, file] of [
    ['--directory', log],
    ['--key', key],
  ] as const)
    if (!existsSync(file)) throw new CommandFailure(`${option}: expected an existing file ${file}, found none`);
  const head = join(directory, HEAD_FILE);
  const result = verifyAuditLog(
    readFileSync(log),
    existsSync(head) ? readFileSync(head, 'utf8') : undefined,
    readPublicKey(key),
  );
  if (json === true) console.print(terminalText(JSON.stringify(result, undefined, 2)));
  else if (result.kind === 'intact')
    console.print(`intact: ${result.entries} entries; the last one has the hash ${result.hash}`);
  else console.print(`damaged: ${log}:${result.line} (byte ${result.byte}): ${result.reason}`);
  if (result.kind === 'damaged') process.exitCode = 1;
}

/** The options of `otelier audit list`. */
export interface AuditListOptions {
  readonly directory: string;
  readonly limit: number;
  readonly search?: string;
}

/** Prints the entries of an audit log as JSON, one in a line, newest last. Does not verify them. */
export async function auditListCommand(
  { directory, limit, search = '' }: AuditListOptions,
  console: Console,
): Promise<void> {
  const log = join(directory, AUDIT_FILE);
  if (!existsSync(log)) throw new CommandFailure(`--directory: expected an existing file ${log}, found none`);
  const entries = readFileSync(log, 'utf8')
    .split('\n')
    .map((line) => line.slice(line.indexOf(' ') + 1))
    .filter((entry) => entry !== '' && entry.includes(search));
  for (const entry of entries.slice(-limit)) console.print(terminalText(entry));
}
