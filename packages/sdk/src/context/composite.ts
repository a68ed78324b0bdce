import type { TextMapPropagator } from '@opentelemetry/api';

/**
 * Returns a propagator that calls several propagators in order. Each one extracts into the context returned by its
 * predecessor.
 */
export function compositePropagator(propagators: readonly TextMapPropagator[]): TextMapPropagator {
  return {
    inject(context, carrier, setter) {
      for (const propagator of propagators) propagator.inject(context, carrier, setter);
    },
    extract(context, carrier, getter) {
      return propagators.reduce((result, propagator) => propagator.extract(result, carrier, getter), context);
    },
    fields() {
      return [...new Set(propagators.flatMap((propagator) => propagator.fields()))];
    },
  };
}
