import type { Compression } from '@otelier/transport';
import type { Clock } from '@otelier/transport/clock';
import { createUdpClient, type UdpClient } from '@otelier/transport/udp-client';
import { issuesOf } from '../component/check.ts';
import type { Sender } from '../component/contract.ts';
import { defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import { compressionField } from '../component/fields/client.ts';
import { udpEndpoint } from '../component/fields/udp.ts';
import { byteSize, duration, secret, z } from '../component/schema.ts';
import { createClientSender } from '../component/sending/client-sender.ts';
import { sendingFields } from '../component/sending/config.ts';
import { reportUdpLosses, type UdpLossReporter } from '../component/udp-losses.ts';

const config = z.object({
  endpoint: udpEndpoint().describe('Receiver address: `host:port`.'),
  encoding: z.enum(['proto', 'json']).prefault('proto').describe('Request encoding.'),
  compression: compressionField(['none', 'gzip', 'deflate', 'zstd', 'brotli']),
  maxDatagramSize: byteSize()
    .refine((size) => size >= 256 && size <= 65_507, { error: 'expected a size from 256 to 65507 bytes' })
    .prefault(1400)
    .describe(
      'Maximum size of a datagram. Datagrams that are fragmented by the network are lost more often. On loopback, `65507` is fastest.',
    ),
  maxFragments: z
    .int()
    .min(1)
    .max(65_535)
    .prefault(8)
    .describe(
      'Maximum number of datagrams per message. Larger requests are split between items. A value of 1 minimizes the number of items lost with each datagram.',
    ),
  fec: z
    .object({
      groupSize: z.int().min(1).max(255).prefault(4).describe('Number of datagrams per parity datagram.'),
    })
    .optional()
    .describe('Forward error correction, which recovers one lost datagram per group.'),
  repeat: z.int().min(1).max(10).prefault(1).describe('How many times each datagram is sent.'),
  rate: z
    .object({
      bytesPerSecond: byteSize()
        .refine((rate) => rate > 0, { error: 'expected a rate above 0' })
        .prefault('32MiB')
        .describe('Maximum number of bytes per second.'),
      burst: byteSize()
        .refine((size) => size > 0, { error: 'expected a size above 0' })
        .prefault('64KiB')
        .describe(
          'Maximum number of bytes sent at once after a pause. It should fit into the receive buffer on the receiving side.',
        ),
    })
    .prefault({})
    .describe('Rate limit, which prevents buffer overflows along the path.'),
  sharedKey: secret()
    .min(1)
    .optional()
    .describe(
      'Shared key of the receiver, which drops datagrams without a valid authentication tag. Datagrams are not encrypted.',
    ),
  reportInterval: duration().prefault('1s').describe('Interval at which reports are requested from the receiver.'),
  retryOnFailure: sendingFields.retryOnFailure
    .unwrap()
    .extend({
      initialInterval: duration().prefault('1s').describe('Delay before the first retry.'),
      maxElapsedTime: duration().prefault('10s').describe('Time after which a batch is dropped. 0 means no limit.'),
    })
    .prefault({})
    .describe('Settings for retrying failed sends, such as to a closed port. Lost datagrams are not resent.'),
});

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const otlpUdp = defineSendingExporter({
  summary: 'Sends telemetry in UDP datagrams to another otelier, without acknowledgments.',
  stability: 'alpha',
  aliases: ['udp'],
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config,
  examples: [
    { title: 'An otelier on another host', config: { endpoint: 'otelier.example.com:4316' } },
    {
      title: 'A network that loses datagrams',
      config: { endpoint: 'otelier.example.com:4316', max_fragments: 16, fec: { group_size: 4 } },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (config) => issuesOf(() => openClient(config)),
  create(config, context): Sender {
    let client: UdpClient | undefined;
    let lossReporter: UdpLossReporter | undefined;
    const sender = createClientSender(() => {
      const opened = openClient(config, context.clock);
      lossReporter = reportUdpLosses(context, () => opened.stats().reported);
      client = opened;
      return opened;
    });
    return {
      ...sender,
      async shutdown() {
        lossReporter?.end();
        await client?.shutdown();
      },
    };
  },
});

/** Creates a client, which does not open a socket before its first request. */
function openClient(config: Config, clock?: Clock): UdpClient {
  return createUdpClient({
    endpoint: config.endpoint,
    encoding: config.encoding === 'json' ? 'json' : 'protobuf',
    compression: (config.compression || 'none') as Compression,
    maxDatagramBytes: config.maxDatagramSize,
    maxFragments: config.maxFragments,
    repeat: config.repeat,
    pace: { bytesPerSecond: config.rate.bytesPerSecond, burstBytes: config.rate.burst },
    reportIntervalMillis: config.reportInterval,
    ...defined({ clock, fec: config.fec, sharedKey: config.sharedKey }),
  });
}
