import { errorMessage } from '../../error-message.ts';
import type { FromThread } from '../protocol.ts';

/**
 * Tracks whether the store thread can read the journals. Reports each change once, no matter how often reading fails.
 */
export class JournalState {
  readonly #post: (message: FromThread) => void;
  #failure: string | undefined;

  constructor(post: (message: FromThread) => void) {
    this.#post = post;
  }

  works(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#post({ kind: 'writable', what: 'journal', writable: true, reason: '' });
  }

  fails(error: unknown): void {
    const reason = `the journal cannot be read: ${errorMessage(error)}`;
    if (reason === this.#failure) return;
    this.#failure = reason;
    this.#post({ kind: 'event', event: { kind: 'error', message: `${reason}; it is tried again` } });
    this.#post({ kind: 'writable', what: 'journal', writable: false, reason });
  }
}
