import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { systemClock } from '@otelier/transport/clock';
import { parseEndpoint } from '@otelier/transport/endpoint';
import { VERSION } from '../../component/version.ts';
import { configuredServer } from '../../kubernetes/server/config.ts';
import { type Operator, startOperator } from '../../operator/operator.ts';
import { operatorMetrics } from '../../operator/operator-metrics.ts';
import { registry } from '../../registry.generated.ts';
import { createLogger } from '../../service/logging.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { untilStopped } from '../stop.ts';

/** Options for `otelier operator`. */
export interface OperatorCommandOptions {
  readonly namespace?: string;
  readonly watchNamespace?: string;
  readonly image?: string;
  readonly listen: string;
  readonly logFormat: 'console' | 'json';
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Runs the operator until SIGINT or SIGTERM. */
export async function operatorCommand(options: OperatorCommandOptions, { environment }: Console): Promise<void> {
  const authType = environment['KUBERNETES_SERVICE_HOST'] === undefined ? 'kubeConfig' : 'serviceAccount';
  const server = configuredServer({ authType, context: '', serviceAccountDir: SERVICE_ACCOUNT }, environment);
  const logger = createLogger({ level: 'info', encoding: options.logFormat });
  const stop = untilStopped();
  const operator = startOperator({
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
  });
  const closeServer = await serveStatus(options.listen, operator);
  await stop;
  await operator.stop();
  await closeServer();
}

/** Serves `/metrics`, and `/healthz` for probes. */
async function serveStatus(listen: string, operator: Operator): Promise<() => Promise<void>> {
  const endpoint = parseEndpoint(listen);
  if (endpoint.kind === 'unix') throw new CommandFailure(`--listen: expected HOST:PORT, got "${listen}"`);
  const server = createServer(({ url }, response) => {
    const isMetrics = url === '/metrics';
    if (!isMetrics && url !== '/healthz') response.writeHead(404).end();
    else
      response
        .writeHead(200, { 'content-type': isMetrics ? 'text/plain; version=0.0.4' : 'text/plain' })
        .end(isMetrics ? operatorMetrics(operator) : 'ok\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(endpoint.port, endpoint.host, resolve);
  });
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}
