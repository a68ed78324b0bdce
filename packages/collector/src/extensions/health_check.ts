import { defineExtension } from '../component/define.ts';
import { listenEndpoint } from '../component/fields/listen.ts';
import { createHttpExtension } from '../component/http/http-extension.ts';
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
    return createHttpExtension({
      endpoint,
      name: 'health check',
      logger,
      async respond({ pathname }) {
        if (pathname !== path) return { status: 404, body: `the health check is at ${path}\n` };
        const { accepting, phase, errors } = await host.checkHealth();
        const status = accepting ? 200 : 503;
        const text = accepting ? responseBody.healthy : responseBody.unhealthy;
        if (text !== undefined) return { status, body: text };
        const uptime = `${(clock.monotonic() - startedMillis) / 1000}s`;
        const summary = accepting ? 'Server available' : 'Server not available';
        const body = JSON.stringify({ status: summary, phase, errors, upSince, uptime });
        return { status, type: 'application/json', body };
      },
    });
  },
});
