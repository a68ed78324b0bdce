import { defineExtension } from '../component/define.ts';
import { listenEndpoint } from '../component/fields/listen.ts';
import { createHttpExtension } from '../component/http/http-extension.ts';
import { z } from '../component/schema.ts';
import { zPages } from './zpages/pages.ts';

export const zpages = defineExtension({
  summary: 'Serves pages about the running process: its pipelines with their counters, its addresses and its memory.',
  stability: 'beta',
  config: z.object({
    endpoint: listenEndpoint()
      .prefault('localhost:55679')
      .describe('Address to listen on: `host:port` or `unix:/path`.'),
    expvar: z
      .object({ enabled: z.boolean().prefault(false).describe('Whether `/debug/expvarz` serves counters as JSON.') })
      .prefault({})
      .describe('Process counters.'),
  }),
  examples: [{ title: 'With counters as JSON', config: { expvar: { enabled: true } } }],
  describe: ({ endpoint }) => endpoint,
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create({ endpoint, expvar }, { clock, host, logger }) {
    const pages = zPages({
      host,
      startedAt: new Date(clock.now()),
      uptimeMillis: uptimeOf(clock),
      expvar: expvar.enabled,
    });
    return createHttpExtension({
      endpoint,
      name: 'zpages',
      logger,
      respond: ({ pathname }) => pages(pathname) ?? { status: 404, body: 'the pages start at /debug/servicez\n' },
    });
  },
});

function uptimeOf(clock: { monotonic(): number }): () => number {
  const started = clock.monotonic();
  return () => clock.monotonic() - started;
}
