import type { Signal } from '@otelier/otlp';
import { createUdpServer, type ExportHandler, type UdpServerOptions } from '@otelier/transport';
import type { ComponentContext } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import { serverOptions } from '../component/fields/server.ts';
import { udpEndpoint } from '../component/fields/udp.ts';
import { byteSize, duration, secret, z } from '../component/schema.ts';
import { createServerReceiver, type OwnSocketPlan } from '../component/server-receiver.ts';
import { watchUdpLosses } from '../component/udp-losses.ts';

const udpConfig = z.object({
  endpoint: udpEndpoint().prefault('127.0.0.1:4316').describe('Where to listen: `host:port`.'),
  sharedKey: secret()
    .min(1)
    .optional()
    .describe('Key that senders must know: datagrams without its tag are dropped. Nothing is encrypted.'),
  maxMessageSize: byteSize().prefault('4MiB').describe('Largest message, before and after decompression.'),
  rateLimit: z
    .object({
      bytesPerSecond: byteSize().prefault('64MiB').describe('Most bytes a second. 0 means no limit.'),
      datagramsPerSecond: z.int().min(0).prefault(100_000).describe('Most datagrams a second. 0 means no limit.'),
    })
    .prefault({})
    .describe('What one address (for IPv6, one /64) may send. More is dropped, counted and reported to it.'),
  reassembly: z
    .object({
      timeout: duration().prefault('2s').describe('How long a message may wait for fragments.'),
      maxMessagesPerSender: z.int().min(1).prefault(64).describe('Messages of one sender that may wait.'),
      maxBytesPerSender: byteSize().prefault('8MiB').describe('Bytes of one sender that may wait.'),
      maxBytes: byteSize().prefault('64MiB').describe('Bytes of all senders that may wait.'),
    })
    .prefault({})
    .describe('Messages of which fragments are missing. At a bound the oldest makes room.'),
  maxSenders: z.int().min(1).prefault(4096).describe('Senders that are known at once.'),
  idleTimeout: duration().prefault('5m').describe('A sender is forgotten after so much silence.'),
  reportInterval: duration().prefault('1s').describe('How often senders are told what has arrived.'),
  receiveBufferSize: byteSize()
    .prefault('8MiB')
    .describe('What the kernel shall hold while otelier is busy. It may grant less (Linux: `net.core.rmem_max`).'),
});

export const otlpUdp = defineReceiver({
  summary: 'Receives telemetry in UDP datagrams, from senders that do not wait for an answer.',
  stability: 'alpha',
  aliases: ['udp'],
  // Senders find one socket, whose table knows them all.
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: udpConfig,
  examples: [
    { title: 'From this machine', config: { endpoint: '127.0.0.1:4316' } },
    {
      title: 'From other machines that know the key',
      config: { endpoint: '0.0.0.0:4316', shared_key: `\${env:UDP_KEY:-change me}` },
    },
  ],
  describe: ({ endpoint }) => endpoint,
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
  const watch = watchUdpLosses(context, () => server.stats().total);
  return {
    address: server.address,
    async shutdown(graceMillis: number) {
      await server.shutdown(graceMillis);
      watch.end();
    },
  };
}
