import type { Signal } from '@otelier/otlp';
import type { BodyReader } from '@otelier/transport/portable';
import { joined } from '../wire/join.ts';
import { requestToJson } from '../wire/request-json.ts';

/** Converts the request to OTLP/JSON. */
export function jsonRequest(signal: Signal, parts: readonly Uint8Array[]): Uint8Array {
  return new TextEncoder().encode(requestToJson(signal, joined(parts)));
}

/** Reads JSON responses. Invalid bodies are ignored, because the status code determines the outcome. */
export const jsonBody: BodyReader = {
  partialSuccess(body) {
    const partial = parsed(body)?.partialSuccess;
    if (!partial) return undefined;
    // One of `rejectedSpans`, `rejectedLogRecords` or `rejectedDataPoints`.
    const [, rejected] = Object.entries(partial).find(([name]) => name.startsWith('rejected')) ?? [];
    return { rejectedItems: countOf(rejected), errorMessage: textOf(partial.errorMessage) };
  },
  message: (body) => textOf(parsed(body)?.message),
};

// Converting an object calls its `toString`, which a response can replace with something that throws.
function countOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

interface Response {
  readonly partialSuccess?: Readonly<Record<string, unknown>> & { readonly errorMessage?: unknown };
  /** The `message` field of `google.rpc.Status`. */
  readonly message?: unknown;
}

function parsed(body: Uint8Array): Response | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as Response;
  } catch {
    return undefined;
  }
}
