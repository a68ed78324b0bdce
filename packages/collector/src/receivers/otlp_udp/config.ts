import { udpEndpoint } from '../../component/fields/udp.ts';
import { byteSize, duration, secret, z } from '../../component/schema.ts';

/** The configuration of the `otlp_udp` receiver. */
export const udpConfig = z.object({
  endpoint: udpEndpoint().prefault('127.0.0.1:4316').describe('Address to listen on: `host:port`.'),
  sharedKey: secret()
    .min(1)
    .optional()
    .describe(
      'Shared key that authenticates senders. Datagrams without a valid authentication tag are dropped. Datagrams are not encrypted.',
    ),
  maxMessageSize: byteSize().prefault('4MiB').describe('Maximum size of a message before and after decompression.'),
  rateLimit: z
    .object({
      bytesPerSecond: byteSize().prefault('64MiB').describe('Maximum number of bytes per second. 0 means no limit.'),
      datagramsPerSecond: z
        .int()
        .min(0)
        .prefault(100_000)
        .describe('Maximum number of datagrams per second. 0 means no limit.'),
    })
    .prefault({})
    .describe(
      'Rate limit per address (for IPv6, per /64). Datagrams above it are dropped, counted and reported to the sender.',
    ),
  reassembly: z
    .object({
      timeout: duration().prefault('2s').describe('How long to wait for the fragments of a message.'),
      maxMessagesPerSender: z.int().min(1).prefault(64).describe('Maximum number of incomplete messages per sender.'),
      maxBytesPerSender: byteSize().prefault('8MiB').describe('Maximum size of incomplete messages per sender.'),
      maxBytes: byteSize().prefault('64MiB').describe('Maximum total size of incomplete messages.'),
    })
    .prefault({})
    .describe('Limits for incomplete messages. The oldest message is dropped when a limit is reached.'),
  maxSenders: z.int().min(1).prefault(4096).describe('Maximum number of senders to track.'),
  idleTimeout: duration().prefault('5m').describe('Time after which an inactive sender is no longer tracked.'),
  reportInterval: duration().prefault('1s').describe('Interval between reports to a sender.'),
  receiveBufferSize: byteSize()
    .prefault('8MiB')
    .describe("Size of the kernel's receive buffer. The kernel may limit it (Linux: `net.core.rmem_max`)."),
});
