import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';

/** A WebSocket that only sends texts. */
export interface TextSocket {
  /** Number of bytes that the client has not read yet. */
  readonly bufferedBytes: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Closes the connection at once. */
  terminate(): void;
  /** Calls a listener when the connection has ended. */
  onClose(listener: () => void): void;
}

/** A client that only receives sends nothing larger. */
const MAX_MESSAGE_BYTES = 1024;
/** How long an idle connection may go without a response to a ping. */
const PING_MILLIS = 30_000;

let server: WebSocketServer | undefined;

/** Completes the upgrade of a request, whose checks have passed. */
export function acceptTextSocket(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<TextSocket> {
  server ??= new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  const { promise, resolve } = Promise.withResolvers<TextSocket>();
  server.handleUpgrade(request, socket, head, (connection) => {
    connection.on('error', () => connection.terminate());
    let isAlive = true;
    connection.on('pong', () => {
      isAlive = true;
    });
    const timer = setInterval(() => {
      if (!isAlive) connection.terminate();
      else connection.ping();
      isAlive = false;
    }, PING_MILLIS);
    timer.unref();
    connection.on('close', () => clearInterval(timer));
    resolve({
      get bufferedBytes() {
        return connection.bufferedAmount;
      },
      send: (text) => connection.send(text),
      close: (code, reason) => connection.close(code, reason),
      terminate: () => connection.terminate(),
      onClose: (listener) => void connection.on('close', listener),
    });
  });
  return promise;
}
