import { connect } from 'node:net';

/** Sends a message on a connection of its own. Returns whether the receiver acknowledged it or closed the connection. */
export function send(port: number, message: Uint8Array): Promise<'acknowledged' | 'closed'> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(message));
    const end = (outcome: 'acknowledged' | 'closed') => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('data', () => end('acknowledged'));
    socket.once('error', () => end('closed'));
    socket.once('close', () => end('closed'));
  });
}
