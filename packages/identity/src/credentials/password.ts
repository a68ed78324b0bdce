import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { isCommonPassword } from './common-passwords.ts';

/** Memory in KiB, passes and threads of argon2id, as OWASP recommends: about 40 ms of a core. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const TAG_BYTES = 32;
/** Longer passwords would cost processor time of callers who are not known. */
const MAX_LENGTH = 1024;
export const MIN_PASSWORD_LENGTH = 12;

/** Thrown when too many passwords are being checked. */
export class PasswordsBusyError extends Error {
  override readonly name = 'PasswordsBusyError';
}

/**
 * Hashes and verifies passwords with argon2id in threads of the system. At most two run at the same time and few wait, so that
 * callers who are not known can use neither all of the processor nor memory.
 */
export class PasswordHasher {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** Returns the hash of a password in the PHC format. Rejects with `PasswordsBusyError`. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const tag = await this.#derive(password, salt, COST);
    const { memory, passes, parallelism } = COST;
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
  }

  /**
   * Reports whether a password has a hash. Without a hash it takes as long and returns `false`, so that the time does not tell which
   * accounts exist. Rejects with `PasswordsBusyError`.
   */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const parsed = parseHash(hash ?? DUMMY);
    if (parsed === undefined) throw new Error('password hash: expected one of argon2id');
    const tag = await this.#derive(password.slice(0, MAX_LENGTH), parsed.salt, parsed.cost);
    const isEqual = tag.length === parsed.tag.length && timingSafeEqual(tag, parsed.tag);
    return isEqual && hash !== undefined && password.length <= MAX_LENGTH;
  }

  async #derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
    await this.#turn();
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        const options = { message: password, nonce: salt, tagLength: TAG_BYTES, ...cost };
        argon2('argon2id', options, (error, tag) => (error === null ? resolve(tag) : reject(error)));
      });
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= MAX_RUNNING) {
      if (this.#waiting.length >= MAX_WAITING) throw new PasswordsBusyError('too many passwords are being checked');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
  }
}

const MAX_RUNNING = 2;
const MAX_WAITING = 32;

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** Characters that a password needs besides what others know. */
const MIN_OWN_LENGTH = 8;

/** Returns why a password must not be used by the person with an address, or `undefined`. */
export function passwordError(password: string, email: string): string | undefined {
  if (password.length < MIN_PASSWORD_LENGTH) return `expected at least ${MIN_PASSWORD_LENGTH} characters`;
  if (password.length > MAX_LENGTH) return `expected at most ${MAX_LENGTH} characters`;
  if (new Set(password).size < 5) return 'expected at least 5 different characters';
  if (isCommonPassword(password)) return 'expected one that is not among the most common passwords';
  const known = ['otelier', ...email.toLowerCase().split('@')].filter((name) => name.length > 2);
  const own = known.reduce((rest, name) => rest.replaceAll(name, ''), password.toLowerCase());
  return own.length < MIN_OWN_LENGTH ? 'expected more than the address and the name of the program' : undefined;
}

const DUMMY = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

function parseHash(text: string): { readonly cost: Cost; readonly salt: Buffer; readonly tag: Buffer } | undefined {
  const [, m, t, p, salt = '', tag = ''] =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)$/.exec(text) ?? [];
  if (m === undefined) return undefined;
  const cost = { memory: Number(m), passes: Number(t), parallelism: Number(p) };
  return { cost, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') };
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
