import net from 'node:net';

/** How long to wait for the end of the connection. */
const CLOSE_MILLIS = 15_000;

/**
 * Opens a WebSocket and sends the upgrade, all messages, a ping and a close frame in a single write, so that most
 * conversations need only one connection and one write. Returns an error if the connection does not end correctly.
 */
export function burst(
  port: number,
  path: string,
  protocol: string,
  messages: readonly Uint8Array[],
): Promise<string | undefined> {
  const upgrade =
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
    `sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: ${protocol}\r\n\r\n`;
  const frames = messages.flatMap((message) => [head(BINARY, message.length), message]);
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  socket.write(Buffer.concat([Buffer.from(upgrade), ...frames, head(PING, 0), head(CLOSE, 2), NORMAL]));
  socket.resume();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(`expected the connection to close within ${CLOSE_MILLIS} ms`);
    }, CLOSE_MILLIS);
    socket.on('end', () => socket.end());
    // A server that closes early resets the connection while data is in flight.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}

const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const NORMAL = Buffer.from([0x03, 0xe8]);

/** Encodes a frame header with an all-zero mask, which leaves the payload unchanged (RFC 6455, 5.3). */
function head(opcode: number, length: number): Buffer {
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const bytes = Buffer.alloc(2 + extended + 4);
  bytes[0] = 0x80 | opcode;
  bytes[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) bytes.writeUInt16BE(length, 2);
  if (extended === 8) bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}
