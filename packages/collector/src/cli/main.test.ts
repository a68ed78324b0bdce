import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERSION } from '../component/version.ts';
import { otelier } from './otelier.testing.ts';

test('prints --version and --help to standard output', async () => {
  assert.deepEqual(await otelier(['--version']), { code: 0, stdout: `${VERSION}\n`, stderr: '' });
  const { code, stdout } = await otelier(['--help']);
  assert.equal(code, 0);
  for (const command of ['run', 'validate', 'config', 'query', 'export'])
    assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
  assert.match(stdout, /\nExamples:\n/);
  assert.deepEqual(await otelier(['help']), { code: 0, stdout, stderr: '' });
});

test('help describes a command', async () => {
  const { code, stdout } = await otelier(['help', 'query']);
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: otelier query /);
});

test('config without a command prints the configuration', async () => {
  const printed = await otelier(['config']);
  assert.equal(printed.code, 0);
  assert.match(printed.stdout, /^receivers:$/m);
  assert.deepEqual(await otelier(['config', 'print']), printed);
});

for (const [args, pattern] of [
  [['qurey'], /^otelier: There is no command "qurey"; did you mean "query"\?\n$/],
  [['dance'], /^otelier: There is no command "dance"; run "otelier --help" for usage\.\n$/],
  [['--no-such-option'], /unknown option '--no-such-option'/],
  [['query', '--max-rows', '0', 'select 1'], /--max-rows <n>.*expected a positive integer, got "0"/],
  [['query', '--url', 'nonsense', 'select 1'], /--url <url>.*expected a URL such as http:.*, got "nonsense"/],
  [['export'], /required option '--signal <signal>' not specified/],
  [['export', '--signal', 'smoke'], /Allowed choices are traces, metrics, logs/],
  [['run'], /missing required argument 'command'/],
] as const) {
  test(`reports what is wrong with "otelier ${args.join(' ')}", without a stack`, async () => {
    const { code, stdout, stderr } = await otelier(args);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, pattern);
    assert.doesNotMatch(stderr, /^ +at /m);
  });
}
