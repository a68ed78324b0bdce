import { connect } from 'node:net';

/** Longer than a server may keep a connection whose client has ended it. */
const PATIENCE_MILLIS = 15_000;

/**
 * Sends bytes on a connection of their own, ends it, and waits until the server has closed it too. Says what came back;
 * an error if the server keeps it open.
 */
export function sendRaw(port: number, bytes: Uint8Array): Promise<Uint8Array | Error> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | Error>();
  const chunks: Buffer[] = [];
  // `allowHalfOpen`: otherwise this side would close before it has read the answers.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('data', (chunk) => chunks.push(chunk as Buffer));
  socket.on('error', () => {});
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    clearTimeout(patience);
    resolve(Buffer.concat(chunks));
  });
  socket.end(bytes);
  const patience = setTimeout(() => {
    resolve(new Error(`kept a connection open for ${PATIENCE_MILLIS} ms after its client had ended it`));
    socket.destroy();
  }, PATIENCE_MILLIS);
  return promise;
}
