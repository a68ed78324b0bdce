import type { Clock } from '@otelier/transport';
import { parseEndpoint } from '@otelier/transport/endpoint';
import type { Logger } from 'pino';
import type { Registry } from '../../config/registry.ts';
import { createKubernetesClient } from '../../kubernetes/client.ts';
import { createObjectWriter } from '../../kubernetes/object-writer.ts';
import type { ApiServer, Environment } from '../../kubernetes/server/api-server.ts';
import { startWebhook, type Webhook } from '../../operator/webhook/start-webhook.ts';
import { CommandFailure } from '../failure.ts';

/** Options of the operator that the webhook uses, too. */
export interface WebhookCommandOptions {
  readonly server: ApiServer;
  readonly environment: Environment;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly identity: string;
  readonly namespace: string;
  readonly watchNamespace?: string | undefined;
  readonly registry: Registry;
  readonly image: string;
}

/** Starts the webhook on an address; without one, nothing. */
export async function startWebhookOf(
  listen: string | undefined,
  options: WebhookCommandOptions,
): Promise<Webhook | undefined> {
  if (listen === undefined) return undefined;
  const endpoint = parseEndpoint(listen);
  if (endpoint.kind === 'unix') throw new CommandFailure(`--webhook: expected HOST:PORT, got "${listen}"`);
  const client = createKubernetesClient(options.server, options.environment);
  const writer = createObjectWriter(options.server);
  const webhook = await startWebhook({ ...options, client, writer, host: endpoint.host, port: endpoint.port });
  return {
    ...webhook,
    get isReady() {
      return webhook.isReady;
    },
    async close() {
      await webhook.close();
      client.close();
      writer.close();
    },
  };
}
