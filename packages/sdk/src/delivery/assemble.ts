import type { Request } from './contract.ts';
import { requestHeader } from './envelope.ts';
import type { PendingRequest } from './pending-request.ts';

/**
 * What is sent of a consignment, once the resources of all its parts are known and their processors have had the items.
 * `failed` is told of items that a processor could not have.
 */
export async function assemble(
  { signal, itemCount, content }: PendingRequest,
  failed: (items: number, reason: string) => void,
): Promise<Request> {
  const parts: Uint8Array[] = [];
  let left = itemCount;
  for (const piece of content) {
    if (piece instanceof Uint8Array) parts.push(piece);
    else {
      const { resource, scope, processors } = piece.envelope;
      if (resource.bytes === undefined) await resource.whenKnown;
      const header = requestHeader(resource.bytes ?? new Uint8Array(), scope, piece.bytes.length);
      let request = { parts: [header, piece.bytes] as readonly Uint8Array[], itemCount: piece.itemCount };
      // Loaded for those who have processors.
      if (processors) request = (await import('./process.ts')).processed(signal, request, processors, failed);
      left -= piece.itemCount - request.itemCount;
      parts.push(...request.parts);
    }
  }
  return { signal, itemCount: left, parts, sizeBytes: parts.reduce((sum, part) => sum + part.length, 0) };
}
