import { connectSocket, type SocketTarget } from '../../component/sockets/connect-socket.ts';
import type { ServerGroup, ServerScraper } from '../scraping/server-scraper.ts';
import { parseMonitor, readMonitor } from './monitor.ts';

/** Size of a reply. A larger one is an error. */
const MAX_REPLY_BYTES = 1 << 20;

/** Creates a scraper that sends `mntr`, and `ruok` if it is wanted, each over a connection of its own. */
export function createZookeeperScraper(target: SocketTarget, hasHealth: boolean): ServerScraper {
  return {
    async scrape(signal, fail): Promise<readonly ServerGroup[]> {
      const fields = parseMonitor(await runCommand(target, 'mntr', signal));
      const health = hasHealth ? await runCommand(target, 'ruok', signal) : undefined;
      const isReply = health === '' || health === 'imok';
      if (health !== undefined && !isReply) fail(`ruok: expected imok, got ${JSON.stringify(health.slice(0, 40))}`);
      const version = /^[\w.-]+/.exec(fields.get('zk_version') ?? '')?.[0];
      const state = fields.get('zk_server_state');
      return [
        {
          resource: {
            ...(state !== undefined && { 'server.state': state }),
            ...(version !== undefined && { 'zk.version': version }),
          },
          readings: [
            ...readMonitor(fields, fail),
            ...(isReply ? [{ metric: 'zookeeper.ruok', value: health === 'imok' ? 1 : 0 }] : []),
          ],
        },
      ];
    },
  };
}

/** Sends a command and returns the reply, which ends with the connection. */
async function runCommand(target: SocketTarget, command: string, signal: AbortSignal): Promise<string> {
  const socket = await connectSocket(target, signal);
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    socket.write(`${command}\n`);
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of socket) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_REPLY_BYTES)
        throw new Error(`${command}: expected a reply of at most ${MAX_REPLY_BYTES} bytes, got more`);
    }
    signal.throwIfAborted();
    return Buffer.concat(chunks).toString().trim();
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
