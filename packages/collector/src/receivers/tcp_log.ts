import { defineReceiver } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { createSplitter } from '../component/text/splitter-config.ts';
import { entryOptionFields, retryField } from '../operators/receiver-fields.ts';
import { createStreamReceiver } from './log_stream/create-receiver.ts';
import { tcpFields } from './log_stream/fields.ts';
import { TcpInput } from './log_stream/tcp-input.ts';

export const tcpLog = defineReceiver({
  summary: 'Receives log records over TCP, one per line or by a pattern, and parses them.',
  stability: 'alpha',
  aliases: ['tcplog'],
  runsIn: 'main',
  signals: ['logs'],
  config: z.object({ ...tcpFields, ...entryOptionFields, retryOnFailure: retryField() }),
  examples: [
    { title: 'Lines from the same host', config: { listen_address: '127.0.0.1:54525' } },
    {
      title: 'Lines of JSON',
      config: { listen_address: '127.0.0.1:54525', add_attributes: true, operators: [{ type: 'json_parser' }] },
    },
  ],
  describe: ({ listenAddress }) => listenAddress,
  listens: ({ listenAddress }) => [{ path: ['listen_address'], endpoint: listenAddress }],
  create: (config, next, context) =>
    createStreamReceiver(config, next, context, (stream) => [
      new TcpInput(config, () => createSplitter(config, true), stream, context),
    ]),
});
