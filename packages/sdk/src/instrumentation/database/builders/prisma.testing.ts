import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { startRecorder } from '../../subject.testing.ts';
import type { DatabaseOptions } from '../telemetry/database-options.ts';
import { instrumentPrisma } from './prisma.ts';

/** The operations of `test/interop/instrumentation/libraries/prisma.test.mjs`. */
export type Operations = Readonly<
  Record<'create' | 'find' | 'raw' | 'fail' | 'duplicate' | 'transaction' | 'loop', () => unknown>
>;

/** Checks the spans of the operations. `instrument` instruments the driver or observes the instrumentation. */
export async function checkPrisma(
  t: TestContext,
  operations: Operations,
  isDriverInstrumented: boolean,
  instrument: (options: DatabaseOptions) => () => void,
): Promise<void> {
  const recorder = startRecorder(t);
  const options = { ...recorder.options, repeatedQueries: 3 };
  t.after(instrumentPrisma(options));
  t.after(instrument(options));
  const tracer = trace.getTracer('application');
  for (const [name, run] of Object.entries(operations)) {
    const parent = tracer.startSpan(name);
    await context.with(trace.setSpan(ROOT_CONTEXT, parent), async () => await run());
    parent.end();
  }
  const all = await recorder.spans(Object.keys(operations).length);
  const childrenOf = (name: keyof Operations) => {
    const parent = all.find((span) => span.name === name);
    return all.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent?.spanContext().spanId);
  };
  const operationsIn = (name: keyof Operations) =>
    childrenOf(name).map((span) => `${span.name}: ${span.attributes['db.query.builder.operation']}`);
  // The driver's adapter begins transactions without a call of the client.
  const begin = isDriverInstrumented ? ['BEGIN: $transaction'] : [];
  assert.deepEqual(operationsIn('create'), [
    ...begin,
    'INSERT public.Person: Person.create',
    'INSERT public.Pet: Person.create',
    'SELECT public.Person: Person.create',
    'COMMIT: $transaction',
  ]);
  assert.deepEqual(operationsIn('find'), [
    'SELECT public.Person: Person.findMany',
    'SELECT public.Pet: Person.findMany',
  ]);
  assert.deepEqual(operationsIn('raw'), ['SELECT: queryRaw']);
  assert.deepEqual(operationsIn('duplicate'), ['INSERT public.Person: Person.create']);
  assert.deepEqual(operationsIn('transaction'), [
    ...begin,
    'UPDATE public.Person: Person.update',
    'COMMIT: $transaction',
  ]);
  assert.deepEqual(operationsIn('loop'), new Array(4).fill('SELECT public.Pet: Pet.findFirst'));
  const [failed] = childrenOf('fail');
  assert.equal(failed?.status.code, SpanStatusCode.ERROR);
  assert.equal(failed.attributes['db.response.status_code'], '42P01');
  assert.equal(childrenOf('duplicate')[0]?.attributes['db.response.status_code'], '23505');
  const [inserted] = childrenOf('raw');
  assert.equal(inserted?.instrumentationScope.name, `@otelier/sdk/${isDriverInstrumented ? 'pg' : 'prisma'}`);
  assert.equal(inserted.attributes['db.system.name'], 'postgresql');
  const repeated = all.find(({ name }) => name === 'loop')?.events[0]?.attributes;
  assert.equal(repeated?.['db.query.count'], 4);
  assert.doesNotMatch(JSON.stringify(all.map(({ attributes, events }) => [attributes, events])), /secret/);
}
