import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localContext, normalizeRequest, requestToJson, type Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { hostileRequest } from '@otelier/testkit/hostile/request';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { transform } from '../transform.ts';

const CONTEXTS = {
  traces: ['span', 'spanevent'],
  metrics: ['datapoint', 'metric'],
  logs: ['log'],
} as const;

const KEYS = ['env', 'http.route', 'http.method', 'a', '', 'é', 'k'.repeat(130)];
const VALUES = ['"prod"', '""', '12', '-1', '1.5', 'true', 'nil', '"😀"'];

/** A statement in a form that is planned or remembered, and in one that means the same and is evaluated. */
interface Pair {
  readonly planned: string;
  readonly evaluated: string;
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random(list.length)] as T;
}

function randomPair(random: Random, path: string, name: string | undefined): Pair {
  const key = JSON.stringify(pick(random, KEYS));
  const both = (text: string): Pair => ({ planned: text, evaluated: text });
  const changed = (text: string): Pair => ({ planned: text, evaluated: `${text} where true` });
  switch (random(name === undefined ? 8 : 10)) {
    case 0:
    case 1:
    case 2:
      return changed(`set(${path}[${key}], ${pick(random, VALUES)})`);
    case 3:
    case 4:
      return changed(`delete_key(${path}, ${key})`);
    case 5:
      return both(`set(${path}["copy"], ${path}[${key}])`);
    case 6:
      return both(`set(${path}["found"], "yes") where ${path}[${key}] == ${pick(random, VALUES)}`);
    case 7:
      return both(pick(random, [`keep_keys(${path}, ["env", "a", ${key}])`, `limit(${path}, 3, [])`]));
    default: {
      const [pattern, replacement] = pick(random, [
        ['[aeiou]+', 'x'],
        ['^(.)', '$1$1'],
        ['.*', ''],
      ] as const);
      return {
        planned: `replace_pattern(${name}, "${pattern}", "${replacement}")`,
        evaluated: `replace_pattern(${name}, Concat(["${pattern}"], ""), "${replacement}")`,
      };
    }
  }
}

async function outputs(signal: Signal, context: string, statements: readonly string[], parts: readonly Uint8Array[]) {
  const field = { traces: 'trace_statements', metrics: 'metric_statements', logs: 'log_statements' }[
    signal as 'traces'
  ];
  const bench = await createComponentBench(transform, {
    signals: [signal],
    config: { error_mode: 'silent', [field]: [{ context, statements }] },
  });
  await bench.start();
  for (const part of parts)
    await bench.send({ signal, parts: [part], itemCount: 1, sizeBytes: part.length, context: localContext(0) });
  await bench.service.shutdown();
  return bench.received.flatMap((batch) => batch.parts.map((part) => Buffer.from(part).toString('base64')));
}

for (const signal of ['traces', 'metrics', 'logs'] as const)
  for (const context of CONTEXTS[signal])
    test(`constant statements change what evaluated ones change: ${context}`, async () => {
      const path = context === 'metric' ? 'resource.attributes' : `${context}.attributes`;
      const name = { span: 'span.name', spanevent: 'spanevent.name', metric: 'metric.name' }[context as 'span'];
      for (let seed = 0; seed < 12; seed++) {
        const random = createRandom(seed);
        const pairs = Array.from({ length: 1 + random(6) }, () => randomPair(random, path, name));
        const parts = Array.from({ length: 12 }, (_, index) => {
          const normalized = normalizeRequest(signal, hostileRequest(seed, index, { signal }).bytes);
          assert.ok(normalized.ok);
          return normalized.bytes;
        });
        const planned = pairs.map((pair) => pair.planned);
        const evaluated = pairs.map((pair) => pair.evaluated);
        const expected = await outputs(signal, context, evaluated, parts);
        const found = await outputs(signal, context, planned, parts);
        for (const [index, part] of found.entries()) {
          if (part === expected[index]) continue;
          const [a, b] = [part, expected[index] ?? ''].map((text) =>
            requestToJson(signal, Buffer.from(text, 'base64')),
          );
          assert.equal(a, b, planned.join('\n'));
        }
        assert.deepEqual(found, expected, planned.join('\n'));
      }
    });
