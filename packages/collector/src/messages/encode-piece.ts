import type { Signal } from '@otelier/otlp';
import type { MessageEncoder } from './encode.ts';
import type { EncodedMessage } from './encoded-messages.ts';
import { halve, type Piece } from './split-batch.ts';

/** Messages of at most a size, and what does not fit into one. */
export interface SizedMessages {
  readonly messages: readonly EncodedMessage[];
  readonly rejectedItems: number;
  /** Why the first item was rejected. */
  readonly reason: string;
}

/** Options for `encodePiece`. */
export interface PieceOptions {
  readonly signal: Signal;
  readonly encode: MessageEncoder;
  /** Whether a message contains one item, so that halves of a request have no smaller messages. */
  readonly isPerItem: boolean;
  readonly maxBytes: number;
  /** What limits the size. */
  readonly limitedBy: string;
}

/** Encodes a request, in halves if a message would be too large. */
export function encodePiece({ request, itemCount }: Piece, options: PieceOptions): SizedMessages {
  const { signal, encode, isPerItem, maxBytes, limitedBy } = options;
  const { messages, rejectedItems, reason } = encode(request, itemCount);
  const tooLarge = messages.filter((message) => sizeOf(message) > maxBytes);
  const [first] = tooLarge;
  if (first === undefined) return { messages, rejectedItems, reason };
  if (!isPerItem && itemCount > 1)
    return joinMessages(halve(signal, request, itemCount).map((half) => encodePiece(half, options)));
  return {
    messages: messages.filter((message) => sizeOf(message) <= maxBytes),
    rejectedItems: rejectedItems + tooLarge.reduce((sum, message) => sum + message.itemCount, 0),
    reason: reason || `expected a message of at most ${maxBytes} bytes (${limitedBy}), got ${sizeOf(first)}`,
  };
}

function sizeOf({ key, value }: EncodedMessage): number {
  return value.length + (key?.length ?? 0);
}

/** Returns the messages of several requests as those of one. */
export function joinMessages(all: readonly SizedMessages[]): SizedMessages {
  return {
    messages: all.flatMap(({ messages }) => messages),
    rejectedItems: all.reduce((sum, { rejectedItems }) => sum + rejectedItems, 0),
    reason: all.find(({ reason }) => reason !== '')?.reason ?? '',
  };
}
