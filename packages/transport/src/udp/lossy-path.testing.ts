import { createSocket, type Socket } from 'node:dgram';
import { parseUdpEndpoint } from './socket.ts';

/** What becomes of one datagram. `late` lets some that come after it pass first; `flipped` has one bit changed. */
export type Fate = 'pass' | 'drop' | 'twice' | 'late' | 'flipped';

/** Datagrams with fragments or parity that came to the path from the client, and what it did to them. */
export interface Truth {
  sent: number;
  /** Of which no whole copy was let through. */
  lost: number;
  /** Whole copies beyond the first. */
  duplicated: number;
  /** Of any type. */
  flipped: number;
}

/** A path between a client and a server that does to datagrams what it is told, and knows the truth. */
export interface LossyPath {
  /** Where the client sends to. */
  readonly endpoint: string;
  readonly truth: Truth;
  close(): Promise<void>;
}

/** How a path treats datagrams. */
export interface Fates {
  /** Of the `index`th datagram with a fragment or parity. */
  fragment(bytes: Buffer, index: number): Fate;
  /** Of any other, in both directions. */
  control?(): Fate;
  /** Which bit is flipped, of so many. */
  bit?(count: number): number;
}

/** How many datagrams overtake a late one. */
const OVERTAKEN_BY = 5;

/** Opens a path to a server. */
export async function openLossyPath(
  server: string,
  { fragment, control = () => 'pass', bit = () => 0 }: Fates,
): Promise<LossyPath> {
  const { host, port } = parseUdpEndpoint(server);
  const front = createSocket('udp4');
  const back = createSocket('udp4');
  await new Promise<void>((resolve) => front.bind(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => back.connect(port, host, resolve));
  const truth: Truth = { sent: 0, lost: 0, duplicated: 0, flipped: 0 };
  const held: { readonly bytes: Buffer; due: number }[] = [];
  const forward = (bytes: Buffer) => {
    back.send(bytes, ignore);
    for (const late of held) late.due--;
    for (let due = held.findIndex((late) => late.due <= 0); due >= 0; due = held.findIndex((late) => late.due <= 0)) {
      for (const { bytes: overtaken } of held.splice(due, 1)) back.send(overtaken, ignore);
    }
  };
  let client = 0;

  front.on('message', (bytes, from) => {
    client = from.port;
    const isFragment = bytes[5] === 1 || bytes[5] === 2;
    const fate = isFragment ? fragment(bytes, truth.sent++) : control();
    if (isFragment && (fate === 'drop' || fate === 'flipped')) truth.lost++;
    if (isFragment && fate === 'twice') truth.duplicated++;
    switch (fate) {
      case 'drop':
        return;
      case 'late':
        held.push({ bytes, due: OVERTAKEN_BY });
        return;
      case 'flipped': {
        const at = bit(bytes.length * 8);
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
        truth.flipped++;
        return forward(bytes);
      }
      case 'twice':
        forward(bytes);
        return forward(bytes);
      default:
        return forward(bytes);
    }
  });
  back.on('message', (bytes) => {
    if (control() !== 'drop') front.send(bytes, client, '127.0.0.1', ignore);
  });
  return {
    endpoint: `127.0.0.1:${front.address().port}`,
    truth,
    async close() {
      await Promise.all([front, back].map(closed));
    },
  };
}

function ignore(): void {}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve));
}
