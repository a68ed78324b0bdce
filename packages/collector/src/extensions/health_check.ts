import http from 'node:http';
import { type Listener, listen } from '@otelier/transport';
import type { ComponentContext, Extension } from '../component/contract.ts';
import { defineExtension } from '../component/define.ts';
import { z } from '../component/schema.ts';

const config = z.object({
  endpoint: z.string().min(1).prefault('127.0.0.1:13133').describe('Where to answer: `host:port` or `unix:/path`.'),
  path: z.string().startsWith('/').prefault('/').describe('Path that is answered; every other one is 404.'),
  responseBody: z
    .object({
      healthy: z.string().optional().describe('Answer while telemetry is accepted.'),
      unhealthy: z.string().optional().describe('Answer otherwise.'),
    })
    .prefault({})
    .describe('Texts to answer with, in place of JSON.'),
  checkCollectorPipeline: z
    .unknown()
    .optional()
    .describe('Accepted and not used; the Collector has given it up as well.'),
});

/** Answers whether the service accepts telemetry. */
export const healthCheck = defineExtension({
  summary: 'Answers over HTTP whether telemetry is accepted, for load balancers and orchestrators.',
  stability: 'beta',
  config,
  examples: [
    { title: 'For an orchestrator that asks from outside', config: { endpoint: '0.0.0.0:13133', path: '/healthz' } },
  ],
  describe: ({ endpoint }) => endpoint,
  create: (options, context) => new HealthCheck(options, context),
});

class HealthCheck implements Extension {
  readonly #config: z.output<typeof config>;
  readonly #context: ComponentContext;
  readonly #server: http.Server;
  #listener: Listener | undefined;
  #startedMillis = 0;
  #startedMonotonicMillis = 0;

  constructor(options: z.output<typeof config>, context: ComponentContext) {
    this.#config = options;
    this.#context = context;
    this.#server = http.createServer((request, response) => this.#response(request, response));
  }

  async start(): Promise<void> {
    this.#startedMillis = this.#context.clock.now();
    this.#startedMonotonicMillis = this.#context.clock.monotonic();
    this.#listener = await listen(this.#config.endpoint);
    this.#listener.accept((socket) => this.#server.emit('connection', socket));
    this.#context.logger.info({ address: this.#listener.address }, 'Health is answered.');
  }

  async shutdown(): Promise<void> {
    await this.#listener?.close();
    this.#server.closeAllConnections();
  }

  #response(request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = request.url?.split('?', 1)[0];
    if (path !== this.#config.path) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end(`Health is answered at ${this.#config.path}\n`);
      return;
    }
    const { accepting, phase, errors: problems } = this.#context.host.health();
    const { healthy, unhealthy } = this.#config.responseBody;
    const text = accepting ? healthy : unhealthy;
    const upMillis = this.#context.clock.monotonic() - this.#startedMonotonicMillis;
    const json = {
      status: accepting ? 'Server available' : 'Server not available',
      phase,
      problems,
      upSince: new Date(this.#startedMillis).toISOString(),
      uptime: `${upMillis / 1000}s`,
    };
    const type = text === undefined ? 'application/json' : 'text/plain';
    response.writeHead(accepting ? 200 : 503, { 'content-type': type }).end(text ?? JSON.stringify(json));
  }
}
