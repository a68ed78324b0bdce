import type { SocketTarget } from '../../component/sockets/connect-socket.ts';
import type { ServerGroup, ServerScraper } from '../scraping/server-scraper.ts';
import { parseInfo, readInfo } from './info.ts';
import { RespClient } from './resp-client.ts';

/** The server, and how to authenticate. */
export interface RedisTarget extends SocketTarget {
  readonly username: string;
  readonly password: string;
}

/** Options for `createRedisScraper`. */
export interface RedisScraperOptions {
  readonly target: RedisTarget;
  /** Whether to read CLUSTER INFO of a node of a cluster. */
  readonly hasClusterMetrics: boolean;
}

/** Creates a scraper that reads INFO over a connection of its own. */
export function createRedisScraper({ target, hasClusterMetrics }: RedisScraperOptions): ServerScraper {
  const { endpoint } = target;
  const [address, port] = endpoint.kind === 'tcp' ? [endpoint.host, String(endpoint.port)] : [endpoint.path, ''];
  return {
    async scrape(signal, fail): Promise<readonly ServerGroup[]> {
      const client = await RespClient.open(target, signal);
      try {
        await logIn(client, target);
        const fields = new Map(parseInfo(await client.run('INFO', 'all')));
        const version = fields.get('redis_version');
        if (version === undefined) throw new Error('INFO: expected redis_version, got none');
        if (hasClusterMetrics && fields.get('cluster_enabled') === '1')
          for (const [name, text] of parseInfo(await client.run('CLUSTER', 'INFO'))) fields.set(name, text);
        const readings = readInfo(fields, fail);
        const uptime = Number(fields.get('uptime_in_seconds'));
        return [
          {
            resource: {
              'redis.version': version,
              'server.address': address,
              ...(port !== '' && { 'server.port': port }),
            },
            ...(Number.isFinite(uptime) && { ageMillis: uptime * 1000 }),
            readings,
          },
        ];
      } finally {
        client.close();
      }
    },
  };
}

async function logIn(client: RespClient, { username, password }: RedisTarget): Promise<void> {
  if (password === '') return;
  await client.run('AUTH', ...(username === '' ? [] : [username]), password);
}
