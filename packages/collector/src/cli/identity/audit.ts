import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIT_FILE, PUBLIC_KEY_FILE, readPublicKey, searchAuditLog, verifyAuditLog } from '@otelier/identity';
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
  const result = await verifyAuditLog(directory, readPublicKey(key));
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
  const key = readPublicKey(join(directory, PUBLIC_KEY_FILE));
  const found = [];
  let before: number | undefined;
  do {
    const page = await searchAuditLog(log, { search, before, limit: limit - found.length }, key);
    found.push(...page.entries);
    before = page.next;
  } while (before !== undefined && found.length < limit);
  for (const { isIntact: _, ...entry } of found.reverse()) console.print(terminalText(JSON.stringify(entry)));
}
