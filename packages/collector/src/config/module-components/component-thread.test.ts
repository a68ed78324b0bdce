import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { batchOf } from '@otelier/testkit/request-codec';
import { withModules } from '../../functions/function-bench.testing.ts';
import { emptyMap } from '../tree.ts';
import { ComponentThread, ThreadEnded } from './component-thread.ts';

const LOOPS = `import { defineExporter, z } from 'otelier';
export const loops = defineExporter({
  summary: 'Does not return.',
  stability: 'development',
  examples: [],
  signals: ['traces'],
  config: z.object({}),
  create: () => ({ consume() { for (;;); } }),
});`;

test('ends a thread whose component does not return', () =>
  withModules(async (directory) => {
    const clock = createManualClock();
    let reason: string | undefined;
    const thread = new ComponentThread({
      ...{ file: await directory.save('c.ts', LOOPS), clock },
      events: {
        forward: () => ({ kind: 'accepted' }),
        dropped: () => {},
        status: () => {},
        log: () => {},
        request: async () => undefined,
        call: () => undefined,
        ended(why) {
          reason = why;
        },
      },
    });
    assert.ok((await thread.load).ok);
    const at = { source: 'c.yaml', line: 1, column: 1 };
    const spec = { exported: 'loops', id: 'loops', type: 'loops', tree: emptyMap(at), path: ['exporters', 'loops'] };
    const others = { signal: 'traces', instanceCount: 1, environment: {}, outputs: [], pipelines: [] } as const;
    await thread.request({ kind: 'create', instance: 1, spec: { ...spec, ...others } });
    const batch = batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a' }] }] }] });
    const consumed = thread.request({ kind: 'consume', instance: 1, batch });
    consumed.catch(() => {});
    thread.watch();
    while (reason === undefined) {
      await clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(reason, 'it has been blocked for 10 s');
    await assert.rejects(consumed, ThreadEnded);
    await thread.terminate();
  }));
