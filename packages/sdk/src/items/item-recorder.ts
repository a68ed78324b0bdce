import { TagWriter } from '@otelier/otlp';
import type { SendOutcome } from '../delivery/contract.ts';
import type { ScopeBuffer } from '../delivery/scope-buffer.ts';
import { type Scope, scopeBytes, scopeKey } from '../scope.ts';
import type { Item, ItemClient, ItemRecorder } from './item.ts';

/** Encodes items for their client. */
export const itemRecorder: ItemRecorder = {
  record(client, item, scope = NO_SCOPE) {
    const scopeBuffer = scopeBufferOf(client, item, scope);
    scopeBuffer.put(writeItem, item, item.itemCount);
  },
  async send(client, items, scope = NO_SCOPE) {
    const signal = items[0]?.signal ?? 'traces';
    const writer = new TagWriter();
    let itemCount = 0;
    for (const item of items) {
      if (item.signal !== signal) return refused(`expected items of ${signal}, got ${item.signal}`);
      try {
        item.write(writer);
      } catch (error) {
        return refused(`encoding failed: ${String(error)}`);
      }
      itemCount += item.itemCount;
    }
    const bytes = writer.finish();
    const envelope = { resource: client.resource, scope: scopeBytes(scope) };
    return client.deliver({ signal, itemCount, sizeBytes: bytes.length, parts: [{ envelope, itemCount, bytes }] });
  },
};

function writeItem(writer: TagWriter, item: Item): void {
  item.write(writer);
}

/** Returns the outcome of a request that is not sent. */
function refused(reason: string): SendOutcome {
  return { kind: 'refused', reason };
}

function scopeBufferOf(client: ItemClient, { signal }: Item, scope: Scope): ScopeBuffer {
  const ofClient = scopeBuffers.get(client) ?? new Map<string, ScopeBuffer>();
  scopeBuffers.set(client, ofClient);
  const key = `${signal} ${scope === NO_SCOPE ? '' : scopeKey(scope)}`;
  let scopeBuffer = ofClient.get(key);
  if (scopeBuffer === undefined) {
    scopeBuffer = client.scopeBuffer(signal, { resource: client.resource, scope: scopeBytes(scope) });
    ofClient.set(key, scopeBuffer);
  }
  return scopeBuffer;
}

const scopeBuffers = /* @__PURE__ */ new WeakMap<ItemClient, Map<string, ScopeBuffer>>();
const NO_SCOPE: Scope = { name: '' };
