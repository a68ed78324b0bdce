import type { Span } from '@opentelemetry/api';
import { patch } from '../../patch.ts';

/**
 * Finds statements that one span runs many times, usually because a loop loads one row at a time ("N+1 queries"). The span
 * receives an event for each of them before it ends.
 */
export class RepeatedQueries {
  readonly #limit: number;
  readonly #bySpan = new WeakMap<Span, Map<string, Repeated>>();

  /** Statements that run more than `limit` times are reported. 0 reports none. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts a statement that has ended. */
  count(parent: Span | undefined, text: string, seconds: number): void {
    if (this.#limit === 0 || parent === undefined || !parent.isRecording()) return;
    let statements = this.#bySpan.get(parent);
    if (statements === undefined) {
      statements = new Map();
      this.#bySpan.set(parent, statements);
    }
    const repeated = statements.get(text);
    if (repeated === undefined) {
      if (statements.size < MAX_STATEMENTS) statements.set(text, { count: 1, seconds });
      return;
    }
    repeated.count++;
    repeated.seconds += seconds;
    if (repeated.count === this.#limit + 1) this.#reportAtEnd(parent, statements);
  }

  #reportAtEnd(parent: Span, statements: Map<string, Repeated>): void {
    if (REPORTING in parent) return;
    Object.defineProperty(parent, REPORTING, { value: true });
    const limit = this.#limit;
    patch(
      parent,
      'end',
      (end) =>
        function (this: Span, time) {
          for (const [text, { count, seconds }] of statements) {
            if (count <= limit) continue;
            const attributes = { 'db.query.text': text, 'db.query.count': count, 'db.query.duration': seconds };
            parent.addEvent('db.client.repeated_query', attributes);
          }
          end.call(this, time);
        },
    );
  }
}

interface Repeated {
  count: number;
  seconds: number;
}

/** Bounds the memory of a span that runs many different statements. */
const MAX_STATEMENTS = 200;
/** On a span that will report. */
const REPORTING = Symbol('repeated queries');
