import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** What identifies HTTP/2: no method of HTTP/1.1 that is in use begins with it. */
const PREFACE = Buffer.from('PRI');

/**
 * Serves the connections of a server that begin as HTTP/2 by another function, after the server's other listeners to
 * `connection`. Connections that send nothing are closed.
 */
export function splitConnections(server: Server, idleMillis: number, serveHttp2: (socket: Socket) => void): void {
  const listeners = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), idleMillis);
    const onError = (): void => void socket.destroy();
    const onReadable = (): void => {
      const head = socket.read() as Buffer | null;
      if (head === null) return;
      const isUndecided = head.length < PREFACE.length && PREFACE.subarray(0, head.length).equals(head);
      socket.unshift(head);
      if (isUndecided) return;
      clearTimeout(timer);
      socket.off('readable', onReadable).off('error', onError);
      if (head.subarray(0, PREFACE.length).equals(PREFACE)) serveHttp2(socket);
      else for (const listener of listeners) listener.call(server, socket);
    };
    socket.on('readable', onReadable).on('error', onError);
    socket.once('close', () => clearTimeout(timer));
  });
}
