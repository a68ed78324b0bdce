import type { Signal } from '@otelier/otlp';
import type { ExportHandler } from '@otelier/transport';
import { createUdpServer, type UdpServerOptions } from '@otelier/transport/udp-server';
import type { ComponentContext } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import { serverOptions } from '../component/fields/server.ts';
import { createServerReceiver, type OwnSocketPlan } from '../component/server-receiver.ts';
import { reportUdpLosses } from '../component/udp-losses.ts';
import { udpConfig } from './otlp_udp/config.ts';

export const otlpUdp = defineReceiver({
  summary: 'Receives telemetry in UDP datagrams from another otelier or the client library, without acknowledgments.',
  stability: 'alpha',
  aliases: ['udp'],
  // All senders share one socket and one sender table.
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: udpConfig,
  examples: [
    { title: 'From the same host', config: { endpoint: '127.0.0.1:4316' } },
    {
      title: 'From other hosts, with a shared key',
      config: { endpoint: '0.0.0.0:4316', shared_key: `\${env:UDP_KEY:-change me}` },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint, transport: 'udp' }],
  create: (config, next, context) =>
    createServerReceiver(next, context, () => {
      const options: UdpServerOptions = defined({
        endpoint: config.endpoint,
        sharedKey: config.sharedKey,
        signals: Object.keys(next) as Signal[],
        receiveBufferBytes: config.receiveBufferSize,
        maxMessageBytes: config.maxMessageSize,
        reassemblyTimeoutMillis: config.reassembly.timeout,
        maxWaitingMessagesPerSender: config.reassembly.maxMessagesPerSender,
        maxWaitingBytesPerSender: config.reassembly.maxBytesPerSender,
        maxWaitingBytes: config.reassembly.maxBytes,
        maxBytesPerSecond: config.rateLimit.bytesPerSecond,
        maxDatagramsPerSecond: config.rateLimit.datagramsPerSecond,
        maxSenders: config.maxSenders,
        idleTimeoutMillis: config.idleTimeout,
        reportIntervalMillis: config.reportInterval,
        ...serverOptions({}, context),
      });
      const create: OwnSocketPlan['create'] = (handler) => openServer(options, handler, context);
      return [{ protocol: 'udp', create }];
    }),
});

async function openServer(options: UdpServerOptions, handler: ExportHandler, context: ComponentContext) {
  const server = await createUdpServer(options, handler);
  const lossReporter = reportUdpLosses(context, () => server.stats().total);
  return {
    address: server.address,
    async shutdown(graceMillis: number) {
      await server.shutdown(graceMillis);
      lossReporter.end();
    },
  };
}
