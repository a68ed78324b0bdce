import { listenEndpoint } from '../../component/fields/listen.ts';
import { includeMetadata, serverAuth } from '../../component/fields/server.ts';
import { serverTls } from '../../component/fields/tls.ts';
import { z } from '../../component/schema.ts';

/** The configuration of the `prometheus_remote_write` receiver. */
export const remoteWriteConfig = z.object({
  endpoint: listenEndpoint().prefault('127.0.0.1:9090').describe('Address to listen on: `host:port` or `unix:/path`.'),
  path: z.string().startsWith('/').prefault('/api/v1/write').describe('URL path of requests.'),
  tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
  auth: serverAuth(),
  includeMetadata: includeMetadata(),
});
