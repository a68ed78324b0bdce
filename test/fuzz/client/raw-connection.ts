import { connect } from 'node:net';

/**
 * Sends bytes on a new connection, ends it, and waits until the server closes it or `patienceMillis` have passed.
 * Returns which of the two happened.
 */
export function sendRaw(port: number, bytes: Uint8Array, patienceMillis: number): Promise<'closed' | 'kept open'> {
  const { promise, resolve } = Promise.withResolvers<'closed' | 'kept open'>();
  // Without `allowHalfOpen`, this side would close before reading the responses.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.resume();
  socket.on('error', () => {});
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    clearTimeout(patience);
    resolve('closed');
  });
  socket.end(bytes);
  const patience = setTimeout(() => {
    resolve('kept open');
    socket.destroy();
  }, patienceMillis);
  return promise;
}
