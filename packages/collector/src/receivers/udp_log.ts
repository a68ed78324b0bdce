import { defineReceiver } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { entryOptionFields, retryField } from '../operators/receiver-fields.ts';
import { createStreamReceiver } from './log_stream/create-receiver.ts';
import { udpFields } from './log_stream/fields.ts';
import { UdpInput } from './log_stream/udp-input.ts';

export const udpLog = defineReceiver({
  summary: 'Receives log records in UDP datagrams and parses them.',
  stability: 'alpha',
  aliases: ['udplog'],
  runsIn: 'main',
  signals: ['logs'],
  config: z.object({ ...udpFields, ...entryOptionFields, retryOnFailure: retryField() }),
  examples: [{ title: 'Datagrams from the same host', config: { listen_address: '127.0.0.1:54526' } }],
  describe: ({ listenAddress }) => listenAddress,
  listens: ({ listenAddress }) => [{ path: ['listen_address'], endpoint: listenAddress, transport: 'udp' }],
  create: (config, next, context) =>
    createStreamReceiver(config, next, context, (stream) => [new UdpInput(config, stream, context)]),
});
