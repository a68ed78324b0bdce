import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFromJson, requestToJson } from '@otelier/otlp';
import { createRandom } from '@otelier/testkit/otlp/random';
import { systemClock } from '@otelier/transport/clock';
import { withModules } from './function-bench.testing.ts';
import { filterSpans, mapSpans } from './function-processor.ts';
import { FunctionThread } from './function-thread.ts';
import type { FunctionRequest, FunctionResult } from './protocol.ts';
import { FunctionRunner } from './run-function.ts';

/** The functions of the module, also applied in this thread to compare the results. */
const EXPRESSIONS = {
  some: `filterSpans((span) => !span.name.endsWith('0'))`,
  all: 'filterSpans(() => true)',
  none: 'filterSpans(() => false)',
  longer: `mapSpans((span) => { if (span.name.startsWith('1')) span.name += ' with a longer name'; })`,
  shorter: `mapSpans((span) => { if (span.name.startsWith('2')) span.name = 's'; })`,
};
const LOCAL = {
  some: filterSpans((span) => !span.name.endsWith('0')),
  all: filterSpans(() => true),
  none: filterSpans(() => false),
  longer: mapSpans((span) => {
    if (span.name.startsWith('1')) span.name += ' with a longer name';
  }),
  shorter: mapSpans((span) => {
    if (span.name.startsWith('2')) span.name = 's';
  }),
};
const NAMES = Object.keys(EXPRESSIONS) as (keyof typeof EXPRESSIONS)[];

test('returns what the function returns here, for batches of any number and size of parts', () =>
  withModules(async (directory) => {
    const exports = Object.entries(EXPRESSIONS).map(([name, code]) => `export const ${name} = ${code};`);
    const file = await directory.save(
      'f.ts',
      `import { filterSpans, mapSpans } from 'otelier';\n${exports.join('\n')}`,
    );
    const results = new Map<number, FunctionResult>();
    const done = Promise.withResolvers<void>();
    const requests = createRequests(400);
    const thread = new FunctionThread({
      file,
      name: 'f.ts',
      clock: systemClock,
      results(arrived) {
        for (const result of arrived) results.set(result.id, result);
        if (results.size === requests.length) done.resolve();
      },
    });
    for (const request of requests) thread.send(request);
    await done.promise;
    await thread.terminate();
    for (const request of requests) {
      const name = request.functionName as keyof typeof LOCAL;
      const expected = new FunctionRunner(LOCAL[name], String).run(request);
      assert.deepEqual(plain(results.get(request.id)), plain(expected), `${request.id} ${name}`);
    }
    assert.equal(thread.inFlight, 0);
  }));

/** Returns random requests, some of them larger than the memory that the threads share. */
function createRequests(count: number): readonly FunctionRequest[] {
  const random = createRandom(1);
  return Array.from({ length: count }, (_, index): FunctionRequest => {
    const isLarge = index % 100 === 99;
    const parts = Array.from({ length: 1 + random(4) }, () =>
      part(random, isLarge ? 20_000 : 1 + random(200), isLarge),
    );
    return {
      id: index + 1,
      functionName: NAMES[random(NAMES.length)] ?? 'all',
      errorMode: 'ignore',
      signal: 'traces',
      parts,
    };
  });
}

function part(random: (below: number) => number, count: number, isLarge: boolean): Uint8Array {
  // Parts whose names all begin alike are unchanged by some functions.
  const prefix = random(2) === 0 ? '3' : '';
  const suffix = isLarge ? 'x'.repeat(500) : '';
  const spans = Array.from({ length: count }, () => ({ name: `${prefix}${random(400)}${suffix}` }));
  const request = requestFromJson('traces', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  assert.ok(request.ok);
  return request.bytes;
}

function plain(result: FunctionResult | undefined): unknown {
  return { ...result, parts: result?.parts?.map((bytes) => requestToJson('traces', bytes)) };
}
