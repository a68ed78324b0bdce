import { connect } from 'node:net';

/**
 * Sends bytes on a connection of their own, ends it, and waits until the server has closed it too, or `patienceMillis`
 * are over. Tells which of the two it was.
 */
export function sendRaw(port: number, bytes: Uint8Array, patienceMillis: number): Promise<'closed' | 'kept open'> {
  const { promise, resolve } = Promise.withResolvers<'closed' | 'kept open'>();
  // `allowHalfOpen`: otherwise this side would close before it has read the responses.
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
