/** What happened, as the audit log keeps it. Never contains credentials. */
export interface AuditEvent {
  /** Time in milliseconds since the Unix epoch. */
  readonly timeMillis: number;
  /** Who did it: `user:ada@example.com`, `key:otl_…`; `unknown` without valid credentials. */
  readonly subject: string;
  /** What was done: `sign_in`, `POST /api/v1/config/apply`, `key.create`. */
  readonly action: string;
  readonly outcome: 'allowed' | 'denied' | 'failed';
  readonly tenant?: string | undefined;
  /** What it was done to: the ID of a key, an account. */
  readonly target?: string | undefined;
  /** Address of the client. */
  readonly address?: string | undefined;
  /** Why it was denied or failed. */
  readonly reason?: string | undefined;
  /** Number of events of the same kind that were not recorded before this one, because there were too many. */
  readonly suppressed?: number | undefined;
}

/** An event in the log. */
export interface AuditEntry extends AuditEvent {
  /** Position, from 1. */
  readonly sequence: number;
  /** SHA-256 of the line before, in hexadecimal; that of the first line is zeros. */
  readonly previous: string;
}

/** The hash before the first line. */
export const NO_PREVIOUS = '0'.repeat(64);
