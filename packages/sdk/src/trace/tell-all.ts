import { diag } from '@opentelemetry/api';
import type { SpanObserver } from './span.ts';

/** Tells observers. One that throws harms neither the program nor the others. */
export function tellAll(observers: readonly SpanObserver[], tell: (observer: SpanObserver) => void): void {
  for (const observer of observers) {
    try {
      tell(observer);
    } catch (error) {
      diag.error(`an observer of spans threw: ${String(error)}`);
    }
  }
}
