import type { Request } from './contract.ts';
import { requestHeader } from './envelope.ts';
import type { PendingRequest } from './pending-request.ts';

/**
 * Assembles a request after the resources of all parts have been resolved and the processors have run. Calls `failed`
 * with the number of items that a processor lost.
 */
export async function assemble(
  { signal, itemCount, content }: Pick<PendingRequest, 'signal' | 'itemCount' | 'content'>,
  failed: (items: number, reason: string) => void,
): Promise<Request> {
  const parts: Uint8Array[] = [];
  let remaining = itemCount;
  for (const piece of content) {
    if (piece instanceof Uint8Array) parts.push(piece);
    else {
      const { resource, scope, processors } = piece.envelope;
      if (resource.bytes === undefined) await resource.whenKnown;
      const header = requestHeader(resource.bytes ?? new Uint8Array(), scope, piece.bytes.length);
      let request = { parts: [header, piece.bytes] as readonly Uint8Array[], itemCount: piece.itemCount };
      // Loaded only if there are processors.
      if (processors) request = (await import('./process.ts')).processed(signal, request, processors, failed);
      remaining -= piece.itemCount - request.itemCount;
      parts.push(...request.parts);
    }
  }
  return { signal, itemCount: remaining, parts, sizeBytes: parts.reduce((sum, part) => sum + part.length, 0) };
}
