import { defineReceiver } from '../component/define.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { openPushServer } from '../component/http/push-server.ts';
import { createServerReceiver, type ServerPlan } from '../component/server-receiver.ts';
import { remoteWriteConfig } from './prometheus_remote_write/config.ts';

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
      const create: ServerPlan['create'] = async (listener, handler) => {
        const { receiveWrite } = await import('@otelier/query/remote-write');
        const options = { ...serverOptions(config, context), path, signal: 'metrics', receive: receiveWrite } as const;
        return openPushServer(options, listener, handler);
      };
      return [{ protocol: 'http', endpoint, includeMetadata, create }];
    }),
});
