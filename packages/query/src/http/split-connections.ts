import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** What identifies HTTP/2: no method of HTTP/1.1 that is in use begins with it. */
const PREFACE = Buffer.from('PRI');

/** The connections that have not sent enough to tell their protocol. */
export interface UndecidedConnections {
  /** Closes them. The server does not know them yet, so that its own methods do not, and its end would wait for them. */
  close(): void;
}

/**
 * Serves the connections of a server that begin as HTTP/2 by another function, after the server's other listeners to
 * `connection`. Connections that send nothing are closed after a time.
 */
export function splitConnections(
  server: Server,
  idleMillis: number,
  serveHttp2: (socket: Socket) => void,
): UndecidedConnections {
  const undecided = new Set<Socket>();
  const listeners = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    undecided.add(socket);
    const timer = setTimeout(() => socket.destroy(), idleMillis);
    const end = (): void => void socket.destroy();
    let head = Buffer.alloc(0);
    const onReadable = (): void => {
      const more = socket.read() as Buffer | null;
      if (more === null) return;
      head = Buffer.concat([head, more]);
      // What is put back is readable at once, so that it waits here until it suffices.
      if (head.length < PREFACE.length && PREFACE.subarray(0, head.length).equals(head)) return;
      socket.unshift(head);
      clearTimeout(timer);
      undecided.delete(socket);
      socket.off('readable', onReadable).off('error', end).off('end', end);
      if (head.subarray(0, PREFACE.length).equals(PREFACE)) serveHttp2(socket);
      else for (const listener of listeners) listener.call(server, socket);
    };
    socket.on('readable', onReadable).on('error', end).on('end', end);
    socket.once('close', () => {
      clearTimeout(timer);
      undecided.delete(socket);
    });
  });
  return {
    close() {
      for (const socket of undecided) socket.destroy();
    },
  };
}
