import type { Consignment } from './consignment.ts';
import type { Request } from './contract.ts';
import { requestHeader } from './envelope.ts';

/**
 * What is sent of a consignment, once the resources of all its parts are known and their processors have had the items.
 * Items of a processor that throws are not sent, for it may be there to hide something; `failed` is told how many.
 */
export async function assemble(
  { signal, itemCount, content }: Consignment,
  failed: (items: number, reason: string) => void,
): Promise<Request> {
  const parts: Uint8Array[] = [];
  let kept = itemCount;
  for (const piece of content) {
    if (piece instanceof Uint8Array) {
      parts.push(piece);
      continue;
    }
    const { resource, scope, processors = [] } = piece.envelope;
    if (resource.bytes === undefined) await resource.whenKnown;
    let items = piece.itemCount;
    let request: Uint8Array<ArrayBuffer>[] = [
      requestHeader(resource.bytes ?? new Uint8Array(), scope, piece.bytes.length),
      piece.bytes,
    ];
    try {
      for (const processor of processors) {
        const { bytes, kept } = processor.rewrite(await new Blob(request).bytes());
        items = kept;
        request = bytes === undefined ? [] : [bytes as Uint8Array<ArrayBuffer>];
      }
    } catch (error) {
      failed(items, `a processor threw: ${String(error)}`);
      items = 0;
      request = [];
    }
    kept -= piece.itemCount - items;
    parts.push(...request);
  }
  return { signal, itemCount: kept, parts, sizeBytes: parts.reduce((sum, part) => sum + part.length, 0) };
}
