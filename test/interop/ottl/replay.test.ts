import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionEvaluator, HASH_LENGTH, hashOf, statementEvaluator } from './evaluate.ts';
import { type ComparedContext, inputsOf } from './inputs.ts';
import { INPUTS, knownDifferences, recordedCases } from './record.ts';

/** Number of inputs per case. The selection varies, so that all cases and all inputs are covered. */
const SAMPLE = 3;

test('gives the results of the Collector for statements and conditions', () => {
  const cases = recordedCases();
  const known = knownDifferences();
  assert.ok(cases.length >= 600, `${cases.length} cases`);
  assert.ok(known.size <= cases.length / 100, `${known.size} known differences of ${cases.length}`);
  const inputs = Object.fromEntries(
    (Object.keys(INPUTS) as ComparedContext[]).map((context) => [context, inputsOf(context, INPUTS[context])]),
  ) as Record<ComparedContext, string[]>;
  const differences: string[] = [];
  for (const [index, { context, kind, text, outcomes }] of cases.entries()) {
    if (known.has(text)) continue;
    const evaluate = kind === 'statement' ? statementEvaluator(context, text) : conditionEvaluator(context, text);
    if ((evaluate === undefined) !== (outcomes === ''))
      differences.push(`${text} is ${evaluate === undefined ? 'in' : ''}valid`);
    for (let offset = 0; evaluate !== undefined && outcomes !== '' && offset < SAMPLE; offset++) {
      const at = (index * SAMPLE + offset) % INPUTS[context];
      const expected = outcomes.slice(at * HASH_LENGTH, (at + 1) * HASH_LENGTH);
      const actual = evaluate(inputs[context][at] ?? '');
      if (hashOf(actual) !== expected) differences.push(`${text} on input ${at}: ${actual}`);
    }
  }
  assert.deepEqual(differences, []);
});
