import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { systemClock } from '@otelier/transport/clock';
import { parseEndpoint } from '@otelier/transport/endpoint';
import { VERSION } from '../../component/version.ts';
import { configuredServer } from '../../kubernetes/server/config.ts';
import { type Operator, startOperator } from '../../operator/operator.ts';
import { operatorMetrics } from '../../operator/operator-metrics.ts';
import type { Webhook } from '../../operator/webhook/start-webhook.ts';
import { webhookMetrics } from '../../operator/webhook/webhook-metrics.ts';
import { registry } from '../../registry.generated.ts';
import { createLogger } from '../../service/logging.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { untilStopped } from '../stop.ts';
import { startWebhookOf } from './webhook.ts';

/** Options for `otelier operator`. */
export interface OperatorCommandOptions {
  readonly namespace?: string;
  readonly watchNamespace?: string;
  readonly image?: string;
  readonly listen: string;
  readonly webhook?: string;
  readonly convert?: boolean;
  readonly logFormat: 'console' | 'json';
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Runs the operator until SIGINT or SIGTERM. */
export async function operatorCommand(options: OperatorCommandOptions, { environment }: Console): Promise<void> {
  const authType = environment['KUBERNETES_SERVICE_HOST'] === undefined ? 'kubeConfig' : 'serviceAccount';
  const server = configuredServer({ authType, context: '', serviceAccountDir: SERVICE_ACCOUNT }, environment);
  const logger = createLogger({ level: 'info', encoding: options.logFormat });
  const stop = untilStopped();
  const settings = {
    server,
    registry,
    environment,
    logger,
    clock: systemClock,
    random: Math.random,
    identity: `${environment['K8S_POD_NAME'] ?? hostname()}-${randomBytes(4).toString('hex')}`,
    namespace: options.namespace ?? environment['K8S_NAMESPACE'] ?? 'default',
    watchNamespace: options.watchNamespace,
    image: options.image ?? `otelier:${VERSION}`,
    convert: options.convert,
  };
  const webhook = await startWebhookOf(options.webhook, settings);
  const operator = startOperator(settings);
  const closeServer = await serveStatus(options.listen, operator, webhook);
  await stop;
  await operator.stop();
  await webhook?.close();
  await closeServer();
}

/** Serves `/metrics`, and `/healthz` and `/readyz` for probes. Only a process whose webhook is ready receives requests for it. */
async function serveStatus(
  listen: string,
  operator: Operator,
  webhook: Webhook | undefined,
): Promise<() => Promise<void>> {
  const endpoint = parseEndpoint(listen);
  if (endpoint.kind === 'unix') throw new CommandFailure(`--listen: expected HOST:PORT, got "${listen}"`);
  const server = createServer(({ url }, response) => {
    const isReady = webhook?.isReady !== false;
    if (url === '/metrics')
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
        .end(operatorMetrics(operator) + (webhook === undefined ? '' : webhookMetrics(webhook)));
    else if (url === '/healthz' || (url === '/readyz' && isReady)) response.writeHead(200).end('ok\n');
    else if (url === '/readyz') response.writeHead(503).end('the webhook is not ready\n');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(endpoint.port, endpoint.host, resolve);
  });
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}
