import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { type AgentToServer, agentToServer, type ServerToAgent, serverToAgent } from './messages.ts';
import { decodeMessage, encodeMessage } from './protobuf.ts';

/** A message that the server has received. */
export type Received = AgentToServer & { readonly headers: IncomingMessage['headers'] };

/** An OpAMP server for tests, over WebSocket and HTTP, whose responses a test determines. */
export interface TestServer {
  readonly port: number;
  readonly received: readonly Received[];
  /** Returns the response to a message; `undefined` for none over WebSocket. Assign to change it. */
  respond: (message: Received) => ServerToAgent | undefined;
  /** Returns the status of an HTTP response or of a rejected upgrade, with headers; `undefined` to accept. */
  reject: () => { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | undefined;
  /** Number of connections that were opened, over WebSocket. */
  connections: number;
  /** Sends a message, or other bytes, over all open WebSockets. */
  push(message: ServerToAgent | Uint8Array | string): void;
  /** Ends all connections without a close frame. */
  cut(): void;
  /** Resolves with the first message that matches, also one that has arrived. */
  until(matches: (message: Received) => boolean): Promise<Received>;
  close(): Promise<void>;
}

/** Starts a server. */
export async function startServer(): Promise<TestServer> {
  const received: Received[] = [];
  const sockets = new Set<WebSocket>();
  const waiting = new Set<() => void>();
  const arrive = (bytes: Uint8Array, headers: IncomingMessage['headers']): ServerToAgent | undefined => {
    const message = { ...decodeMessage(agentToServer, bytes), headers };
    received.push(message);
    const response = server.respond(message);
    for (const check of [...waiting]) check();
    return response;
  };
  const http = createServer((request, response) => void serveHttp(request, response));
  const serveHttp = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const rejected = server.reject();
    if (rejected !== undefined) response.writeHead(rejected.status, rejected.headers).end();
    else {
      const message = arrive(Buffer.concat(chunks), request.headers) ?? {};
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(encodeMessage(serverToAgent, message));
    }
  };
  const upgrades = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    const rejected = server.reject();
    if (rejected !== undefined) {
      const headers = Object.entries(rejected.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${rejected.status} No\r\n${headers.join('')}content-length: 0\r\n\r\n`);
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (ws) => {
      server.connections += 1;
      sockets.add(ws);
      ws.on('close', () => sockets.delete(ws));
      ws.on('error', () => {});
      ws.on('message', (data: Buffer) => {
        const response = arrive(data.subarray(1), request.headers);
        if (response !== undefined) ws.send(framed(response));
      });
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server: TestServer = {
    port: (http.address() as AddressInfo).port,
    received,
    respond: ({ instanceUid = new Uint8Array() }) => ({ instanceUid }),
    reject: () => undefined,
    connections: 0,
    push(message) {
      for (const ws of sockets) {
        const isRaw = typeof message === 'string' || message instanceof Uint8Array;
        ws.send(isRaw ? message : framed(message));
      }
    },
    cut() {
      for (const ws of sockets) ws.terminate();
    },
    until(matches) {
      return new Promise((resolve) => {
        const check = () => {
          const found = received.find(matches);
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      });
    },
    close: () => closeAll(http, sockets),
  };
  return server;
}

function framed(message: ServerToAgent): Buffer {
  return Buffer.concat([Buffer.of(0), encodeMessage(serverToAgent, message)]);
}

async function closeAll(http: Server, sockets: ReadonlySet<WebSocket>): Promise<void> {
  for (const ws of sockets) ws.terminate();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
}
