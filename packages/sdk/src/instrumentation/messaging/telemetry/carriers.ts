import { propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';

/** Headers of a message, as the propagator reads and writes them. */
export type Carrier = Record<string, string>;

/** Returns headers as texts. Of those that a message has several times, it has the first. */
export function carrierOf(
  headers: Readonly<Record<string, unknown>> | Iterable<[unknown, unknown]> | undefined | null,
): Carrier {
  const carrier: Carrier = {};
  const entries =
    Symbol.iterator in Object(headers) ? (headers as Iterable<[unknown, unknown]>) : Object.entries(headers ?? {});
  for (const [name, value] of entries) {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (first !== undefined && first !== null) carrier[String(name).toLowerCase()] = String(first);
  }
  return carrier;
}

/** Reports whether headers carry a context, which is then not replaced. */
export function isTraced(carrier: Carrier | undefined): carrier is Carrier {
  return carrier !== undefined && trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrier)) !== undefined;
}
