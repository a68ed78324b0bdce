import { type Compression, createUdpClient, type UdpClient } from '@otelier/transport';
import type { Sender } from '../component/contract.ts';
import { defineSendingExporter } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import { compressionField } from '../component/fields/client.ts';
import { udpEndpoint } from '../component/fields/udp.ts';
import { byteSize, duration, secret, z } from '../component/schema.ts';
import { createClientSender } from '../component/sending/client-sender.ts';
import { sendingFields } from '../component/sending/config.ts';
import { type UdpLossWatch, watchUdpLosses } from '../component/udp-losses.ts';

/** Sends telemetry in UDP datagrams. */
export const otlpUdp = defineSendingExporter({
  summary: 'Sends telemetry in UDP datagrams to another otelier, without waiting for an answer.',
  stability: 'alpha',
  aliases: ['udp'],
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: z.object({
    endpoint: udpEndpoint().describe('Where to send: `host:port`.'),
    encoding: z.enum(['proto', 'json']).prefault('proto').describe('How requests are encoded.'),
    compression: compressionField(['none', 'gzip', 'deflate', 'zstd', 'brotli']),
    maxDatagramSize: byteSize()
      .refine((size) => size >= 256 && size <= 65_507, { error: 'expected a size from 256 to 65507 bytes' })
      .prefault(1400)
      .describe(
        'Largest datagram. What the network would fragment is lost more easily; on loopback `65507` is fastest.',
      ),
    maxFragments: z
      .int()
      .min(1)
      .max(65_535)
      .prefault(8)
      .describe('Most datagrams of one message; requests are split between items. With 1 a lost datagram costs least.'),
    fec: z
      .object({
        groupSize: z.int().min(1).max(255).prefault(4).describe('Datagrams that share one parity datagram.'),
      })
      .optional()
      .describe('Forward error correction: of each group and its parity, any one may be lost.'),
    repeat: z.int().min(1).max(10).prefault(1).describe('How often each datagram is sent.'),
    rate: z
      .object({
        bytesPerSecond: byteSize()
          .refine((rate) => rate > 0, { error: 'expected a rate above 0' })
          .prefault('32MiB')
          .describe('Most bytes a second.'),
        burst: byteSize()
          .refine((size) => size > 0, { error: 'expected a size above 0' })
          .prefault('64KiB')
          .describe('Most bytes at once after a pause; it should fit the receive buffer of the destination.'),
      })
      .prefault({})
      .describe('How fast to send, so that no buffer on the way overflows.'),
    sharedKey: secret()
      .min(1)
      .optional()
      .describe('Key of the receiver, which drops datagrams without its tag. Nothing is encrypted.'),
    reportInterval: duration().prefault('1s').describe('How often the receiver is asked what has arrived.'),
    retryOnFailure: sendingFields.retryOnFailure
      .unwrap()
      .extend({
        initialInterval: duration().prefault('1s').describe('Pause after the first failure.'),
        maxElapsedTime: duration()
          .prefault('10s')
          .describe('After this long a batch is given up and counted as dropped. 0 means never.'),
      })
      .prefault({})
      .describe(
        'What happens when the system cannot send, or says that nobody listens. Lost datagrams are not repeated.',
      ),
  }),
  examples: [
    { title: 'To an otelier on another machine', config: { endpoint: 'otelier.example.com:4316' } },
    {
      title: 'Across a network that loses datagrams',
      config: { endpoint: 'otelier.example.com:4316', max_fragments: 16, fec: { group_size: 4 } },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  create(config, context): Sender {
    let client: UdpClient | undefined;
    let watch: UdpLossWatch | undefined;
    const sender = createClientSender(() => {
      const made = createUdpClient({
        endpoint: config.endpoint,
        encoding: config.encoding === 'json' ? 'json' : 'protobuf',
        compression: (config.compression || 'none') as Compression,
        maxDatagramBytes: config.maxDatagramSize,
        maxFragments: config.maxFragments,
        repeat: config.repeat,
        pace: { bytesPerSecond: config.rate.bytesPerSecond, burstBytes: config.rate.burst },
        reportIntervalMillis: config.reportInterval,
        clock: context.clock,
        ...defined({ fec: config.fec, sharedKey: config.sharedKey }),
      });
      watch = watchUdpLosses(context, () => made.stats().reported);
      client = made;
      return made;
    });
    return {
      ...sender,
      async shutdown() {
        watch?.end();
        await client?.shutdown();
      },
    };
  },
});
