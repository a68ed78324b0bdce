import { type Fragment, fragmentLength, type MessageHeader } from './datagram.ts';

/** Result of adding a fragment to a message. `repeated` means that the fragment had already been received. */
export type Progress = 'more' | 'complete' | 'repeated' | 'contradiction';

/** The fragments of an incomplete message. Uses memory for what has arrived, not for the announced length. */
export class PendingMessage {
  readonly header: MessageHeader;
  /** Number of fragments reconstructed from parity. */
  recovered = 0;
  readonly #fragments = new Map<number, Uint8Array>();
  readonly #parities = new Map<number, Uint8Array>();

  constructor(header: MessageHeader) {
    this.header = header;
  }

  add({ kind, header, index, payload }: Fragment): Progress {
    if (!isSame(header, this.header)) return 'contradiction';
    const into = kind === 'data' ? this.#fragments : this.#parities;
    if (into.has(index)) return 'repeated';
    into.set(index, payload);
    const { groupSize, fragmentCount } = this.header;
    if (groupSize > 0) this.#recover(kind === 'data' ? Math.floor(index / groupSize) : index);
    return this.#fragments.size === fragmentCount ? 'complete' : 'more';
  }

  /** Returns the complete message in its own memory. */
  body(): Uint8Array {
    const { length, fragmentCount } = this.header;
    const only = fragmentCount === 1 ? this.#fragments.get(0) : undefined;
    if (only !== undefined) return only;
    const body = Buffer.allocUnsafeSlow(length);
    const whole = fragmentLength(length, fragmentCount, 0);
    for (const [index, fragment] of this.#fragments) body.set(fragment, index * whole);
    return body;
  }

  /** Reconstructs the missing fragment of a group: the XOR of its parity with all other fragments. */
  #recover(group: number): void {
    const parity = this.#parities.get(group);
    if (parity === undefined) return;
    const { length, fragmentCount, groupSize } = this.header;
    const from = group * groupSize;
    const to = Math.min(from + groupSize, fragmentCount);
    let missing: number | undefined;
    for (let index = from; index < to; index++) {
      if (this.#fragments.has(index)) continue;
      if (missing !== undefined) return;
      missing = index;
    }
    if (missing === undefined) return;
    const fragment = Uint8Array.from(parity);
    for (let index = from; index < to; index++) xorInto(fragment, this.#fragments.get(index));
    this.#fragments.set(missing, fragment.subarray(0, fragmentLength(length, fragmentCount, missing)));
    this.recovered++;
  }
}

/** XORs bytes into a parity. Shorter input is treated as if padded with zeros. */
export function xorInto(parity: Uint8Array, bytes: Uint8Array | undefined): void {
  const length = bytes?.length ?? 0;
  for (let at = 0; at < length; at++) parity[at] ^= (bytes as Uint8Array)[at];
}

function isSame(a: MessageHeader, b: MessageHeader): boolean {
  return (
    a.check === b.check &&
    a.length === b.length &&
    a.fragmentCount === b.fragmentCount &&
    a.groupSize === b.groupSize &&
    a.signal === b.signal &&
    a.encoding === b.encoding &&
    a.compression === b.compression
  );
}
