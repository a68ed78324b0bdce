import { type Batch, localContext, requestFromJson, type Signal } from '@otelier/otlp';
import type { ComponentContext, Consumer } from '../component/contract.ts';

/** A value in OTLP/JSON. */
export type AnyJson = string | number | boolean | readonly AnyJson[] | { readonly [key: string]: AnyJson };

/** An export request in OTLP/JSON. */
export type RequestJson = { readonly [key: string]: AnyJson };

/** Encodes a request that otelier generates. */
export function encodeRequest(
  signal: Signal,
  json: RequestJson,
): { readonly bytes: Uint8Array; readonly itemCount: number } {
  const request = requestFromJson(signal, JSON.stringify(json));
  if (!request.ok) throw new Error(`otelier generated an invalid ${signal} request: ${request.reason}`);
  return request;
}

/** Forwards a request that a receiver generates to its pipelines, and counts rejected items as dropped. */
export async function forwardRequest(
  signal: Signal,
  json: RequestJson,
  next: Consumer,
  context: ComponentContext,
): Promise<void> {
  const { bytes, itemCount } = encodeRequest(signal, json);
  const batch: Batch = {
    signal,
    parts: [bytes],
    itemCount,
    sizeBytes: bytes.length,
    context: localContext(context.clock.now()),
  };
  const outcome = await next.consume(batch);
  if (outcome.kind === 'retry' || outcome.kind === 'refused') context.dropped(itemCount, outcome.kind);
}

/** Converts attributes to the list form of OTLP: integers as `intValue`, other numbers as `doubleValue`. */
export function attributes(values: Readonly<Record<string, string | number | boolean>>): AnyJson[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** Converts fractional milliseconds since the epoch to nanoseconds, as text. */
export function nanos(millis: number): string {
  const whole = Math.floor(millis);
  return `${whole}${Math.floor((millis - whole) * 1e6)
    .toString()
    .padStart(6, '0')}`;
}

function anyValue(value: string | number | boolean): AnyJson {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
