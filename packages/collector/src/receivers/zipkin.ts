import { defineReceiver } from '../component/define.ts';
import { DEFAULT_BODY_BYTES, pushServerFields } from '../component/fields/push-server.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { openPushServer } from '../component/http/push-server.ts';
import { z } from '../component/schema.ts';
import { createServerReceiver, type ServerPlan } from '../component/server-receiver.ts';

const config = z.object({
  ...pushServerFields('127.0.0.1:9411'),
  parseStringTags: z
    .boolean()
    .prefault(false)
    .describe('Whether tags that look like numbers or Booleans become such. Otherwise, they are strings.'),
});

export const zipkin = defineReceiver({
  summary: 'Receives spans as Zipkin does: versions 1 and 2, in JSON, protobuf and Thrift.',
  stability: 'alpha',
  signals: ['traces'],
  config,
  examples: [
    { title: 'From the same host', config: {} },
    {
      title: 'From other hosts, with numbers among the tags',
      config: { endpoint: '0.0.0.0:9411', parse_string_tags: true },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (options, use) => checkServer(options, [], use),
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create: (options, next, context) =>
    createServerReceiver(next, context, () => {
      const { endpoint, includeMetadata, parseStringTags, maxRequestBodySize } = options;
      const read = {
        maxBytes: maxRequestBodySize || DEFAULT_BODY_BYTES,
        parseStringTags,
        nowMillis: () => context.clock.now(),
      };
      const create: ServerPlan['create'] = async (listener, handler) => {
        const [{ receiveSpans }, { zipkinProtocol }] = await Promise.all([
          import('../spans/receive-spans.ts'),
          import('./zipkin/protocol.ts'),
        ]);
        return openPushServer(
          {
            ...serverOptions(options, context),
            signal: 'traces',
            receive: (request, target) => receiveSpans(request, target, zipkinProtocol(request, read)),
          },
          listener,
          handler,
        );
      };
      return [{ protocol: 'http', endpoint, includeMetadata, create }];
    }),
});
