import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIT_FILE } from '../audit/audit-log.ts';
import { NO_PREVIOUS } from '../audit/entry.ts';
import { exportAuditLog, searchAuditLog } from '../audit/read-entries.ts';
import { PUBLIC_KEY_FILE, readPublicKey } from '../audit/signing-key.ts';
import { type AuditVerification, verifyAuditLog } from '../audit/verify.ts';
import type { Administration } from './administration.ts';

/** Creates what reads the audit log of a directory. A log that does not exist yet is empty. */
export function createAuditReader(directory: string): Administration['audit'] {
  const file = join(directory, AUDIT_FILE);
  const publicKey = (): KeyObject => readPublicKey(join(directory, PUBLIC_KEY_FILE));
  let verifying: Promise<AuditVerification> | undefined;
  return {
    search: async (query) => (existsSync(file) ? searchAuditLog(file, query, publicKey()) : NONE),
    async *export(query) {
      if (existsSync(file)) yield* exportAuditLog(file, query);
      return undefined;
    },
    async verify() {
      if (!existsSync(file)) return { kind: 'intact', entries: 0, hash: NO_PREVIOUS };
      // Callers at the same time share one verification, which reads the whole log.
      verifying ??= verifyAuditLog(directory, publicKey()).finally(() => {
        verifying = undefined;
      });
      return verifying;
    },
  };
}

const NONE = { entries: [], next: undefined } as const;
