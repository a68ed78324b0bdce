import { createSocket } from 'node:dgram';
import type { TestContext } from 'node:test';

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 12: 'PTR', 28: 'AAAA' };
const NXDOMAIN = 3;

/**
 * Starts a DNS server with records keyed by name and type (`host.example.com A`). Other names do not exist; a query for
 * a record without values gets no response.
 */
export async function fakeDns(
  t: TestContext,
  records: Readonly<Record<string, readonly string[]>>,
): Promise<{ readonly server: string; readonly queries: string[] }> {
  const queries: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, { address, port }) => {
    const { name, end } = readName(message, 12);
    const type = message.readUInt16BE(end);
    const query = `${name.toLowerCase()} ${TYPES[type] ?? type}`;
    queries.push(query);
    const values = records[query];
    if (values?.length === 0) return;
    const header = Buffer.alloc(12);
    message.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | (values === undefined ? NXDOMAIN : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(values?.length ?? 0, 6);
    const responses = (values ?? []).map((value) => responseRecord(type, value));
    socket.send(Buffer.concat([header, message.subarray(12, end + 4), ...responses]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  t.after(() => socket.close());
  return { server: `127.0.0.1:${socket.address().port}`, queries };
}

function responseRecord(type: number, value: string): Buffer {
  const data = type === 1 ? Buffer.from(value.split('.').map(Number)) : type === 28 ? ipv6(value) : writeName(value);
  const head = Buffer.alloc(12);
  // A pointer to the name in the question.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** Encodes an address that is written with all eight groups. */
function ipv6(value: string): Buffer {
  return Buffer.from(
    value
      .split(':')
      .map((group) => group.padStart(4, '0'))
      .join(''),
    'hex',
  );
}

function writeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.of(0)]);
}

function readName(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}
