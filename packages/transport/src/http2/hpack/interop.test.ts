import assert from 'node:assert/strict';
import http2 from 'node:http2';
import net from 'node:net';
import { test } from 'node:test';
import { HpackDecoder } from './decoder.ts';
import { type FieldList, HpackEncoder } from './encoder.ts';
import { randomFrom } from './random.testing.ts';

const random = randomFrom(3);
const word = (length: number) => String.fromCharCode(...Array.from({ length }, () => 97 + random(26)));
const fields = (count: number) => Array.from({ length: count }, () => [`x-${word(2)}`, word(random(150))] as const);
const frame = (type: number, flags: number, stream: number, payload: Uint8Array) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};
const SETTINGS = 4;
const HEADERS = 1;

test('interoperates with the HPACK of node:http2, with evictions and a smaller table', async () => {
  const seen: Record<string, unknown>[] = [];
  const responses: FieldList[] = [];
  const lists = Array.from({ length: 12 }, () => fields(1 + random(8)));
  // Node's decoder requires the size update in the first block after the acknowledgment.
  const server = http2.createServer({ settings: { headerTableSize: 2000 } });
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    seen.push({ ...headers });
    const response = [...(lists[random(lists.length)] ?? []), ...fields(random(3))];
    responses.push(response);
    stream.respond(grouped([[':status', '200'], ['date', 'now'], ...response]), { endStream: true });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const socket = net.connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  try {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder({ maxListBytes: 1e6, messages: 'response' });
    socket.write(
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(SETTINGS, 0, 0, Buffer.alloc(0))]),
    );
    const blocks = headerBlocks(socket, () => {
      encoder.setMaxTableBytes(2000);
      socket.write(frame(SETTINGS, 1, 0, Buffer.alloc(0)));
    });
    for (let round = 0; round < 300; round++) {
      const path = `/${word(round % 3)}`;
      const repeated = [
        [':method', 'POST'],
        [':scheme', 'http'],
        [':path', path],
        [':authority', 'h'],
      ] as const;
      const list: FieldList = [...repeated, ...(lists[random(lists.length)] ?? [])];
      const extra = fields(random(3));
      socket.write(frame(HEADERS, 5, 2 * round + 1, encoder.encode(list, extra)));
      const block = decoder.decode((await blocks.next()).value ?? new Uint8Array(0));
      assert.equal(block.kind, 'block');
      assert.deepEqual(
        { ...block.fields },
        grouped([[':status', '200'], ['date', 'now'], ...(responses.at(-1) ?? [])]),
      );
      assert.deepEqual(flat(seen.at(-1) ?? {}), flat(grouped([...list, ...extra])));
    }
  } finally {
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Yields the payloads of HEADERS frames. The server writes each block in a single frame. */
async function* headerBlocks(socket: net.Socket, onSettings: () => void): AsyncGenerator<Uint8Array, undefined> {
  let rest = Buffer.alloc(0);
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const payload = rest.subarray(9, 9 + rest.readUIntBE(0, 3));
      if (rest[3] === SETTINGS && rest[4] === 0) onSettings();
      if (rest[3] === HEADERS) yield payload;
      rest = rest.subarray(9 + payload.length);
    }
  }
  return undefined;
}

function grouped(list: FieldList): Record<string, string | string[]> {
  const groups: Record<string, string | string[]> = {};
  for (const [name, value] of list) {
    const before = groups[name];
    groups[name] = before === undefined ? value : [before, value].flat();
  }
  return groups;
}

/** Joins repeated fields with commas, as Node does for requests. */
function flat(groups: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, [value].flat().join(', ')]));
}
