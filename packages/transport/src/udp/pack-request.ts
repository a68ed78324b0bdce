import { countItems, cutRequest, type OtlpEncoding, requestToJson, type Signal } from '@otelier/otlp';
import { compress } from '../compression/compression.ts';
import type { Compression } from '../contract.ts';
import type { Message } from './cut-message.ts';
import { messageCheck } from './integrity.ts';

/** How requests are encoded as messages. */
export interface Envelope {
  readonly encoding: OtlpEncoding;
  readonly compression: Compression;
  readonly compressionLevel: number | undefined;
  /** Maximum payload of a fragment. */
  readonly fragmentBytes: number;
  readonly maxFragments: number;
  readonly groupSize: number;
}

/** The messages of a request, without items that do not fit into any message. */
export interface PackedRequest {
  readonly messages: readonly Message[];
  readonly rejectedItems: number;
}

/** Encodes a request as messages: one if it fits, otherwise several, split between items. */
export async function packRequest(
  signal: Signal,
  parts: readonly Uint8Array[],
  envelope: Envelope,
): Promise<PackedRequest> {
  const messages: Message[] = [];
  const first = parts[0];
  const request = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
  const rejectedItems = await pack(signal, request, undefined, envelope, messages);
  return { messages, rejectedItems };
}

/** Packs a request as one message if it fits, otherwise in pieces. Returns the number of items that are too large. */
async function pack(
  signal: Signal,
  request: Uint8Array,
  knownItems: number | undefined,
  envelope: Envelope,
  into: Message[],
): Promise<number> {
  const limitBytes = envelope.fragmentBytes * envelope.maxFragments;
  const body = await encode(signal, request, envelope);
  if (body.length <= limitBytes) {
    into.push(messageOf(signal, body, envelope));
    return 0;
  }
  const items = knownItems ?? countItems(signal, request);
  if (items <= 1) return items;
  // Pieces with equal item counts, more of them than strictly necessary because items differ in size.
  const pieces = Math.min(items, Math.ceil((body.length / limitBytes) * 1.2));
  return packPieces(signal, request, items, Math.ceil(items / pieces), envelope, into);
}

/**
 * Halves the request until each piece has at most `maxItems`, so that each byte is copied a logarithmic number of
 * times.
 */
async function packPieces(
  signal: Signal,
  request: Uint8Array,
  items: number,
  maxItems: number,
  envelope: Envelope,
  into: Message[],
): Promise<number> {
  if (items <= maxItems) return pack(signal, request, items, envelope, into);
  const head = Math.floor(Math.ceil(items / maxItems) / 2) * maxItems;
  const [first, second] = cutRequest(signal, request, head);
  const rejected = await packPieces(signal, first, head, maxItems, envelope, into);
  return rejected + (await packPieces(signal, second, items - head, maxItems, envelope, into));
}

async function encode(signal: Signal, request: Uint8Array, envelope: Envelope): Promise<Uint8Array> {
  const { encoding, compression, compressionLevel } = envelope;
  const plain = encoding === 'json' ? Buffer.from(requestToJson(signal, request)) : request;
  return compression === 'none' ? plain : compress(compression, [plain], compressionLevel);
}

function messageOf(signal: Signal, body: Uint8Array, envelope: Envelope): Message {
  const { encoding, compression, fragmentBytes, groupSize } = envelope;
  const { length } = body;
  const fragmentCount = Math.max(1, Math.ceil(length / fragmentBytes));
  const check = messageCheck(body);
  return { header: { signal, encoding, compression, length, fragmentCount, groupSize, check }, body };
}
