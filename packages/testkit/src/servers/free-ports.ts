import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * The ports that are tried. They are below those that systems give to outgoing connections (from 32768 on Linux), so
 * that no connection of another process takes a port between this check and its use.
 */
const FIRST_PORT = 12_000;
const LAST_PORT = 32_000;

/** Returns different ports of 127.0.0.1 on which nothing listens. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

/** Returns an address on which nothing listens: `127.0.0.1:PORT`. */
export async function freeAddress(): Promise<string> {
  const [port] = await freePorts(1);
  return `127.0.0.1:${port}`;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port, '127.0.0.1');
  if (!(await listening)) return false;
  server.close();
  await once(server, 'close');
  return true;
}
