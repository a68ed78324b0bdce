import http from 'node:http';
import { type Listener, listen } from '@otelier/transport';
import { defineExtension } from '../component/define.ts';
import { listenEndpoint } from '../component/fields/listen.ts';
import { ignored, z } from '../component/schema.ts';

export const healthCheck = defineExtension({
  summary: 'Serves the health of the service over HTTP, for load balancers and orchestrators.',
  stability: 'beta',
  config: z.object({
    endpoint: listenEndpoint()
      .prefault('127.0.0.1:13133')
      .describe('Address to listen on: `host:port` or `unix:/path`.'),
    path: z.string().startsWith('/').prefault('/').describe('Path of the health check. Other paths return 404.'),
    responseBody: z
      .object({
        healthy: z.string().optional().describe('Response body while telemetry is accepted (status 200).'),
        unhealthy: z.string().optional().describe('Response body while it is not (status 503).'),
      })
      .prefault({})
      .describe('Response bodies to send instead of JSON.'),
    checkCollectorPipeline: ignored('the Collector no longer supports it either'),
  }),
  examples: [{ title: 'For probes from other hosts', config: { endpoint: '0.0.0.0:13133', path: '/healthz' } }],
  describe: ({ endpoint }) => endpoint,
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create({ endpoint, path, responseBody }, { clock, host, logger }) {
    const upSince = new Date(clock.now()).toISOString();
    const startedMillis = clock.monotonic();
    let listener: Listener | undefined;

    const server = http.createServer((request, response) => void respond(request, response));
    const respond = async ({ url = '' }: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
      if (url.split('?', 1)[0] !== path) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end(`the health check is at ${path}\n`);
        return;
      }
      const { accepting, phase, errors } = await host.checkHealth();
      const status = accepting ? 'Server available' : 'Server not available';
      const uptime = `${(clock.monotonic() - startedMillis) / 1000}s`;
      const text = accepting ? responseBody.healthy : responseBody.unhealthy;
      response
        .writeHead(accepting ? 200 : 503, { 'content-type': text === undefined ? 'application/json' : 'text/plain' })
        .end(text ?? JSON.stringify({ status, phase, errors, upSince, uptime }));
    };

    return {
      async start() {
        listener = await listen(endpoint);
        listener.accept((socket) => server.emit('connection', socket));
        logger.info({ address: listener.address }, 'health check listening');
      },
      async shutdown() {
        await listener?.close();
        server.closeAllConnections();
      },
    };
  },
});
