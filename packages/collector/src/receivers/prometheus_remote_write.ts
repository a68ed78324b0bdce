import { defineReceiver } from '../component/define.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { createServerReceiver, type ServerPlan } from '../component/server-receiver.ts';
import { remoteWriteConfig } from './prometheus_remote_write/config.ts';
import { openRemoteWriteServer } from './prometheus_remote_write/server.ts';

export const prometheusRemoteWrite = defineReceiver({
  summary: 'Receives metrics by Prometheus remote write 1.0 and 2.0, with native histograms and exemplars.',
  stability: 'alpha',
  aliases: ['prometheusremotewrite'],
  signals: ['metrics'],
  config: remoteWriteConfig,
  examples: [
    { title: 'From the same host', config: {} },
    { title: 'From other hosts', config: { endpoint: '0.0.0.0:9090' } },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (config, use) => checkServer(config, [], use),
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create: (config, next, context) =>
    createServerReceiver(next, context, () => {
      const { endpoint, includeMetadata, path } = config;
      const options = { ...serverOptions(config, context), path };
      const create: ServerPlan['create'] = async (listener, handler) =>
        openRemoteWriteServer(options, listener, handler);
      return [{ protocol: 'http', endpoint, includeMetadata, create }];
    }),
});
