import { diag } from '@opentelemetry/api';

/** Calls all observers. An observer that throws must not affect the program or other observers. */
export function notifyObservers<T>(observers: readonly T[], notify: (observer: T) => void): void {
  for (const observer of observers) {
    try {
      notify(observer);
    } catch (error) {
      diag.error(`span observer threw: ${String(error)}`);
    }
  }
}
