import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, OtlpTraceExporter } from '../browser.ts';
import { span } from '../node.ts';
import { startSink } from '../sink.testing.ts';

for (const options of [{}, { compression: 'gzip' }, { headers: async () => ({ 'x-token': 'a' }) }] as const) {
  test(`bypasses instrumentation of fetch: ${Object.keys(options)}`, async (t) => {
    const sink = await startSink(t);
    const { fetch } = globalThis;
    let heard = 0;
    const wrapped: typeof fetch = (...request) => {
      heard++;
      return fetch(...request);
    };
    globalThis.fetch = Object.assign(wrapped, { __original: fetch });
    t.after(() => {
      globalThis.fetch = fetch;
    });
    const client = createClient({ endpoint: sink.url, ...options });
    t.after(() => client.shutdown(0));
    const exporter = new OtlpTraceExporter({ url: `${sink.url}/v1/traces`, ...options });
    t.after(() => exporter.shutdown());
    await client.send(span('a'));
    await new Promise((resolve) => exporter.export([], resolve));
    assert.equal(sink.handler.requests.length, 2);
    assert.equal(heard, 0);
  });
}
