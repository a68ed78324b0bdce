import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registry } from '../registry.generated.ts';
import { findEntry } from './registry.ts';

const RENAMED = { udp: 'otlp_udp', websocket: 'otlp_websocket' };

for (const [alias, type] of Object.entries(RENAMED)) {
  for (const kind of ['receiver', 'exporter'] as const) {
    test(`finds the ${kind} ${type} by its former name ${alias}`, async () => {
      const found = findEntry(registry, kind, alias);
      assert.equal(found?.type, type);
      assert.equal((await found?.entry.load())?.kind, kind);
    });
  }
}
