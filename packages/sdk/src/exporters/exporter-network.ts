import { diag } from '@opentelemetry/api';
import { countItems } from '@otelier/otlp';
import type { ExportClient } from '@otelier/transport/portable';
import { OptionError } from '../client/option-error.ts';
import type { Network } from '../client/platform.ts';

/**
 * Returns an exporter's network. Endpoint errors are reported for `url`. Rejected items are logged, because the
 * exporter interface cannot report them.
 */
export function exporterNetwork(network: Network, url: string | undefined): Network {
  return {
    ...network,
    connect(options) {
      try {
        return logRejections(network.connect(options));
      } catch (error) {
        if (url === undefined || !(error instanceof OptionError)) throw error;
        throw new OptionError(error.message.replace(/^endpoint: /, 'url: '), { cause: error });
      }
    },
  };
}

function logRejections(client: ExportClient): ExportClient {
  return {
    async export(signal, parts, ...options) {
      const outcome = await client.export(signal, parts, ...options);
      if (outcome.kind === 'partial') {
        // A server may report more rejected items than it was sent.
        const sentItems = parts.reduce((sum, part) => sum + countItems(signal, part), 0);
        const rejectedItems = Math.min(outcome.rejectedItems, sentItems);
        diag.warn(`${signal}: the server rejected ${rejectedItems} of ${sentItems} items: ${outcome.reason}`);
      }
      return outcome;
    },
    shutdown: () => client.shutdown(),
  };
}
