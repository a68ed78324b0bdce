import { fragmentLength, type MessageHeader } from './datagram.ts';
import { xorInto } from './pending-message.ts';
import type { FragmentContents } from './write-datagram.ts';

/** A message and the metadata of its fragments. */
export interface Message {
  readonly header: MessageHeader;
  readonly body: Uint8Array;
}

/** Splits a message into fragments, in order, with each group followed by its parity. */
export function* cutMessage({ header, body }: Message): Generator<FragmentContents> {
  const { length, fragmentCount, groupSize } = header;
  const whole = fragmentLength(length, fragmentCount, 0);
  let parity: Uint8Array | undefined;
  for (let index = 0; index < fragmentCount; index++) {
    const payload = body.subarray(index * whole, (index + 1) * whole);
    yield { kind: 'data', index, payload };
    if (groupSize === 0) continue;
    if (parity === undefined) parity = Uint8Array.from(payload);
    else xorInto(parity, payload);
    if ((index + 1) % groupSize !== 0 && index !== fragmentCount - 1) continue;
    yield { kind: 'parity', index: Math.floor(index / groupSize), payload: parity };
    parity = undefined;
  }
}
