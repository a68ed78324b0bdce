import { type Batch, localContext, requestFromJson, type Signal } from '@otelier/otlp';
import type { ComponentContext, Consumer } from '../component/contract.ts';

/** A value of OTLP/JSON. */
export type AnyJson = string | number | boolean | readonly AnyJson[] | { readonly [key: string]: AnyJson };

/** An export request in OTLP/JSON. */
export type RequestJson = { readonly [key: string]: AnyJson };

/** A request of our own making as wire bytes. */
export function encodeRequest(
  signal: Signal,
  json: RequestJson,
): { readonly bytes: Uint8Array; readonly itemCount: number } {
  const request = requestFromJson(signal, JSON.stringify(json));
  if (!request.ok) throw new Error(`otelier made a malformed request of ${signal}: ${request.reason}`);
  return request;
}

/** Hands a request of a receiver's own making to its pipelines; what they do not take is counted as dropped. */
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

/** Attributes in the list form of OTLP: whole numbers as integers, others as doubles. */
export function attributes(values: Readonly<Record<string, string | number | boolean>>): AnyJson[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** Nanoseconds since the epoch as text, from milliseconds with fractions. */
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
