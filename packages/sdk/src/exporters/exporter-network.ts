import { diag } from '@opentelemetry/api';
import type { ExportClient } from '@otelier/transport/portable';
import { OptionError } from '../client/option-error.ts';
import type { Network } from '../client/platform.ts';

/**
 * The network of an exporter, as far as exporters differ from clients: what is wrong with a `url` is said of `url`, and what servers leave out is
 * warned of, since an exporter has no other word for it.
 */
export function exporterNetwork(network: Network, url: string | undefined): Network {
  return {
    ...network,
    connect(options) {
      try {
        return warningOfRejections(network.connect(options));
      } catch (error) {
        if (url === undefined || !(error instanceof OptionError)) throw error;
        throw new OptionError(error.message.replace(/^endpoint: /, 'url: '), { cause: error });
      }
    },
  };
}

function warningOfRejections(client: ExportClient): ExportClient {
  return {
    async export(signal, ...request) {
      const outcome = await client.export(signal, ...request);
      if (outcome.kind === 'partial') {
        diag.warn(`${signal}: the server left out ${outcome.rejectedItems} items: ${outcome.reason}`);
      }
      return outcome;
    },
    shutdown: () => client.shutdown(),
  };
}
