import { diag } from '@opentelemetry/api';
import type { SpanObserver } from './span.ts';

/** Calls all observers. One that throws must not affect the program or the others. */
export function notifyObservers(observers: readonly SpanObserver[], notify: (observer: SpanObserver) => void): void {
  for (const observer of observers) {
    try {
      notify(observer);
    } catch (error) {
      diag.error(`span observer threw: ${String(error)}`);
    }
  }
}
