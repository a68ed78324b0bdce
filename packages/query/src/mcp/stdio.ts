import { finished } from 'node:stream/promises';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createMcpServer, type McpServerOptions } from './server.ts';

/** Serves MCP on standard input and output. Resolves when the input has ended. */
export async function serveMcpStdio(options: McpServerOptions): Promise<void> {
  const ended = finished(process.stdin, { writable: false }).catch(() => undefined);
  const handle = serveStdio(() => createMcpServer(options), { maxSubscriptions: 0 });
  await ended;
  await handle.close();
}
