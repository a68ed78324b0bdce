import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { base32 } from '../credentials/base32.ts';
import { hashSecret } from '../credentials/secret.ts';
import { verifyTotp } from '../credentials/totp.ts';
import { inTransaction } from '../database/open-database.ts';
import { IdentityChangeError } from './errors.ts';

const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
/** 120 random bits, so that a fast hash protects them. */
const RECOVERY_BYTES = 15;

/** The one-time passwords of accounts, and the codes that replace a lost device. */
export class SecondFactor {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Creates a secret for an account and returns it in Base32. It counts once a code of it is confirmed. */
  start(user: string): string {
    const secret = randomBytes(SECRET_BYTES);
    this.#database.prepare('UPDATE users SET totp_pending = ? WHERE id = ?').run(secret, user);
    return base32(secret);
  }

  /** Requires codes of the secret that `start` created from now on. Returns the codes for recovery. Throws an `IdentityChangeError`. */
  confirm(user: string, code: string, nowMillis: number): readonly string[] {
    const row = this.#database.prepare('SELECT totp_pending FROM users WHERE id = ?').get(user);
    const secret = row?.['totp_pending'];
    if (!(secret instanceof Uint8Array))
      throw new IdentityChangeError('code: expected an enrolment that has started, found none');
    const step = verifyTotp(secret, code, nowMillis, 0);
    if (step === undefined)
      throw new IdentityChangeError('code: expected the six digits that the device shows now; check its clock');
    const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
    inTransaction(this.#database, () => {
      this.#database
        .prepare('UPDATE users SET totp_secret = totp_pending, totp_pending = NULL, totp_step = ? WHERE id = ?')
        .run(step, user);
      this.#database.prepare('DELETE FROM recovery_codes WHERE user = ?').run(user);
      const insert = this.#database.prepare('INSERT INTO recovery_codes VALUES (?, ?)');
      for (const one of codes) insert.run(user, hashSecret(plain(one)));
    });
    return codes;
  }

  /** Requires no codes from now on. */
  remove(user: string): void {
    inTransaction(this.#database, () => {
      this.#database
        .prepare('UPDATE users SET totp_secret = NULL, totp_pending = NULL, totp_step = 0 WHERE id = ?')
        .run(user);
      this.#database.prepare('DELETE FROM recovery_codes WHERE user = ?').run(user);
    });
  }

  /** Returns the number of codes for recovery that were not used. */
  recoveryCodes(user: string): number {
    const row = this.#database.prepare('SELECT count(*) AS count FROM recovery_codes WHERE user = ?').get(user);
    return Number(row?.['count'] ?? 0);
  }

  /** Uses up a code: one of the device, or one for recovery. Returns `false` if it is not valid. */
  use(user: string, code: string, nowMillis: number): boolean {
    const row = this.#database.prepare('SELECT totp_secret, totp_step FROM users WHERE id = ?').get(user);
    const secret = row?.['totp_secret'];
    if (!(secret instanceof Uint8Array)) return false;
    const step = verifyTotp(secret, code, nowMillis, Number(row?.['totp_step'] ?? 0));
    const { changes } =
      step === undefined
        ? this.#database
            .prepare('DELETE FROM recovery_codes WHERE user = ? AND hash = ?')
            .run(user, hashSecret(plain(code)))
        : // Another request may have used the code, or a later one.
          this.#database.prepare('UPDATE users SET totp_step = ? WHERE id = ? AND totp_step < ?').run(step, user, step);
    return changes === 1;
  }
}

function newRecoveryCode(): string {
  return base32(randomBytes(RECOVERY_BYTES))
    .toLowerCase()
    .replace(/(.{4})(?=.)/g, '$1-');
}

/** Returns a code for recovery as it is hashed: people type it with or without hyphens. */
function plain(code: string): string {
  return code.toLowerCase().replace(/[^a-z2-7]/g, '');
}
