import { createSocket, type Socket } from 'node:dgram';
import { parseUdpEndpoint } from './socket.ts';

/** What happens to a datagram. `late` lets some of the following datagrams overtake it; `flipped` flips one bit. */
export type Fate = 'pass' | 'drop' | 'twice' | 'late' | 'flipped';

/** Counters of datagrams with fragments or parity that a client sent over the path. */
export interface Truth {
  sent: number;
  /** Datagrams with no intact copy delivered. */
  lost: number;
  /** Intact copies after the first. */
  duplicated: number;
  /** Datagrams of any type with a flipped bit. */
  flipped: number;
}

/** A path between client and server that manipulates datagrams as specified and counts the effects. */
export interface LossyPath {
  /** Address that the client sends to. */
  readonly endpoint: string;
  readonly truth: Truth;
  close(): Promise<void>;
}

/** What happens to the datagrams on a path. */
export interface Fates {
  /** Returns the fate of the `index`th datagram with a fragment or parity. */
  fragment(bytes: Buffer, index: number): Fate;
  /** Returns the fate of any other datagram, in either direction. */
  control?(): Fate;
  /** Returns the index of the bit to flip. */
  bit?(count: number): number;
}

/** Number of datagrams that overtake a late one. */
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
