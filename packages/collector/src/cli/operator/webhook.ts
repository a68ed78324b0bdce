import { parseEndpoint } from '@otelier/transport/endpoint';
import { createKubernetesClient } from '../../kubernetes/client.ts';
import { createObjectWriter } from '../../kubernetes/object-writer.ts';
import type { OperatorOptions } from '../../operator/operator.ts';
import { startWebhook, type Webhook } from '../../operator/webhook/start-webhook.ts';
import { CommandFailure } from '../failure.ts';

/** Starts the webhook on an address; without one, nothing. */
export async function startWebhookOf(
  listen: string | undefined,
  options: OperatorOptions,
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
