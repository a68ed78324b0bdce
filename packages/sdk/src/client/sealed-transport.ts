import type { Signal } from '@otelier/otlp';
import type { ExportClient } from '@otelier/transport/portable';

/** Seals requests before they are sent. */
export interface RequestSealer {
  /** Returns the request with the chosen parts sealed. */
  seal(signal: Signal, request: Uint8Array): Promise<Uint8Array>;
}

/** Returns a transport that sends sealed requests. A request that cannot be sealed is refused, and never sent in plain. */
export function sealedTransport(transport: ExportClient, sealer: RequestSealer): ExportClient {
  return {
    async export(signal, parts, options) {
      let sealed: Uint8Array;
      try {
        sealed = await sealer.seal(signal, joined(parts));
      } catch (error) {
        return { kind: 'refused', reason: `sealing failed: ${error instanceof Error ? error.message : String(error)}` };
      }
      return await transport.export(signal, [sealed], options);
    },
    shutdown: () => transport.shutdown(),
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
