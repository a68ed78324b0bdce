import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { type ContextManager, context, createContextKey, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { StackContextManager } from '../browser.ts';
import { AsyncContextManager, createClient, register, TracerProvider } from '../node.ts';
import { startSink } from '../sink.testing.ts';

const KEY = createContextKey('test');
const [outer, inner] = ['outer', 'inner'].map((name) => ROOT_CONTEXT.setValue(KEY, name)) as [
  typeof ROOT_CONTEXT,
  typeof ROOT_CONTEXT,
];

for (const make of [() => new AsyncContextManager(), () => new StackContextManager()]) {
  describe(make().constructor.name, () => {
    test('activates a context until the function returns or throws', () => {
      const manager: ContextManager = make().enable();
      assert.equal(manager.active(), ROOT_CONTEXT);
      manager.with(outer, () => {
        assert.throws(() =>
          manager.with(inner, () => {
            assert.equal(manager.active(), inner);
            throw new Error('expected');
          }),
        );
        assert.equal(manager.active(), outer);
      });
      assert.equal(manager.active(), ROOT_CONTEXT);
      manager.with(outer, () => assert.equal(manager.disable().active(), ROOT_CONTEXT));
    });

    test('passes `this`, arguments and results, also to bound functions', () => {
      const manager = make();
      const fn = function (this: unknown, a: number, b: number): unknown[] {
        return [this, a, b, manager.active()];
      };
      assert.deepEqual(manager.with(outer, fn, 'me', 1, 2), ['me', 1, 2, outer]);
      const bound = manager.bind(inner, fn);
      assert.equal(bound.length, 2);
      assert.deepEqual(
        manager.with(outer, () => bound.call('me', 3, 4)),
        ['me', 3, 4, inner],
      );
      assert.equal(manager.bind(inner, 7), 7);
    });
  });
}

describe('AsyncContextManager in asynchronous code', () => {
  test('separates interleaved tasks', async () => {
    const manager = new AsyncContextManager();
    const task = (own: typeof outer) =>
      manager.with(own, async () => {
        await Promise.resolve();
        await new Promise((resolve) => setImmediate(resolve));
        return manager.active();
      });
    assert.deepEqual(await Promise.all([task(outer), task(inner)]), [outer, inner]);
  });

  test('runs listeners of a bound emitter in its context, and allows removing them', () => {
    const manager = new AsyncContextManager();
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    const listener = function (this: unknown, name: string) {
      seen.push([name, this === emitter, manager.active()]);
    };
    emitter.on('event', () => seen.push(manager.active()));
    assert.equal(manager.bind(outer, emitter), emitter);
    emitter.on('event', listener).once('event', listener);
    manager.bind(inner, emitter);
    emitter.prependOnceListener('event', listener);
    emitter.emit('event', 'a');
    assert.deepEqual(seen.splice(0), [['a', true, inner], ROOT_CONTEXT, ['a', true, outer], ['a', true, outer]]);
    emitter.emit('event', 'b');
    assert.deepEqual(seen.splice(0), [ROOT_CONTEXT, ['b', true, outer]]);
    emitter.once('event', listener).off('event', listener).off('event', listener);
    emitter.emit('event', 'c');
    assert.deepEqual(seen, [ROOT_CONTEXT]);
  });
});

test('a registered provider creates children of the active span, and can be unregistered', async (t) => {
  const sink = await startSink(t);
  const provider = new TracerProvider({ client: createClient({ endpoint: sink.url }) });
  const unregister = register(provider);
  t.after(unregister);
  assert.deepEqual(propagation.fields(), ['traceparent', 'tracestate', 'baggage']);
  await trace.getTracer('x').startActiveSpan('parent', async (parent) => {
    await Promise.resolve();
    trace.getTracer('x').startSpan('child').end();
    parent.end();
  });
  await provider.shutdown();
  const [child, parent] = sink.spans();
  assert.deepEqual([child?.name, child?.parentSpanId], ['child', parent?.spanId]);
  unregister();
  assert.deepEqual(propagation.fields(), []);
  context.with(outer, () => assert.equal(context.active(), ROOT_CONTEXT));
});
