import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSink } from '../../sink.testing.ts';
import { all, attributesOf, startFrom, tracer } from './start-from.testing.ts';

const ENVIRONMENT = {
  STRING_VALUE: 'value',
  BOOL_VALUE: 'true',
  INT_VALUE: '1',
  FLOAT_VALUE: '1.1',
  HEX_VALUE: '0xdeadbeef',
  INVALID_MAP_VALUE: 'value\nkey:value',
  DO_NOT_REPLACE_ME: 'Never use this value',
  REPLACE_ME: `\${DO_NOT_REPLACE_ME}`,
  VALUE_WITH_ESCAPE: 'value$$',
  EMPTY: '',
};

/** The table in the specification ("Environment variable substitution"), with additional cases. */
const SUBSTITUTIONS: readonly (readonly [yaml: string, type: string, value: unknown])[] = [
  [`\${STRING_VALUE}`, 'string', 'value'],
  [`\${BOOL_VALUE}`, 'bool', true],
  [`\${INT_VALUE}`, 'int', '1'],
  [`\${FLOAT_VALUE}`, 'double', 1.1],
  [`\${HEX_VALUE}`, 'int', '3735928559'],
  [`"\${STRING_VALUE}"`, 'string', 'value'],
  [`"\${BOOL_VALUE}"`, 'string', 'true'],
  [`"\${INT_VALUE}"`, 'string', '1'],
  [`'\${FLOAT_VALUE}'`, 'string', '1.1'],
  [`\${env:STRING_VALUE}`, 'string', 'value'],
  [`\${INVALID_MAP_VALUE}`, 'string', 'value\nkey:value'],
  [`foo \${STRING_VALUE} \${FLOAT_VALUE}`, 'string', 'foo value 1.1'],
  [`\${UNDEFINED_KEY}`, 'string', undefined],
  [`\${UNDEFINED_KEY:-fallback}`, 'string', 'fallback'],
  [`\${EMPTY:-fallback}`, 'string', 'fallback'],
  [`\${env:UNDEFINED_KEY:-5}`, 'int', '5'],
  [`\${REPLACE_ME}`, 'string', `\${DO_NOT_REPLACE_ME}`],
  [`\${UNDEFINED_KEY:-\${STRING_VALUE}}`, 'string', `\${STRING_VALUE}`],
  [`$\${STRING_VALUE}`, 'string', `\${STRING_VALUE}`],
  [`$$\${STRING_VALUE}`, 'string', '$value'],
  [`$$$\${STRING_VALUE}`, 'string', `$\${STRING_VALUE}`],
  [`$\${STRING_VALUE:-fallback}`, 'string', `\${STRING_VALUE:-fallback}`],
  [`$\${STRING_VALUE:-\${STRING_VALUE}}`, 'string', `\${STRING_VALUE:-value}`],
  [`\${UNDEFINED_KEY:-$\${UNDEFINED_KEY}}`, 'string', `\${UNDEFINED_KEY:-\${UNDEFINED_KEY}}`],
  [`\${VALUE_WITH_ESCAPE}`, 'string', 'value$$'],
  ['a $$ b', 'string', 'a $ b'],
  ['a $ b', 'string', 'a $ b'],
];

test('substitutes variables according to the table of the specification', async (t) => {
  const sink = await startSink(t);
  const block = SUBSTITUTIONS.map(
    ([yaml, type], i) => `    - name: a${i}\n      type: ${type}\n      value: ${yaml}`,
  ).join('\n');
  const { sdk } = await startFrom(
    t,
    `${all(sink.url)}resource:\n  attributes:\n${block}\n    - name: \${STRING_VALUE}\n      value: x\n`,
    ENVIRONMENT,
  );
  tracer().startSpan('x').end();
  await sdk.forceFlush();
  const seen = attributesOf(sink.scopes()[0]?.resource ?? {});
  for (const [i, [yaml, , value]] of SUBSTITUTIONS.entries()) assert.deepEqual(seen[`a${i}`], value, yaml);
});
