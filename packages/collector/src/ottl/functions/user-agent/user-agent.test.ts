import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyValue, evaluate } from '../../evaluate.testing.ts';

/** The name and version of the browser, and those of the operating system, as the Collector gives them. */
const CASES: [string, string, string, string, string?][] = [
  [
    'Mozilla/5.0 (Linux; Android 4.1.1; SPH-L710 Build/JRO03L) AppleWebKit/535.19 (KHTML, like Gecko) Chrome/18.0.1025.166 Mobile Safari/535.19',
    ...(['Chrome Mobile', '18.0.1025', 'Android', '4.1.1'] as const),
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0',
    ...(['Firefox', '126.0', 'Linux'] as const),
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 13_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Mobile/15E148 Safari/604.1',
    ...(['Mobile Safari', '13.1.1', 'iOS', '13.5.1'] as const),
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.124 Safari/537.36 Edg/91.0.864.59',
    ...(['Edge', '91.0.864', 'Windows', '10'] as const),
  ],
  ['curl/7.81.0', 'curl', '7.81.0', 'Other'],
  ['foobar/1.2.3 (foo; bar baz)', 'Other', '', 'Other'],
  ['OpenTelemetry Collector Contrib/0.106.1 (linux/amd64)', 'Other', '', 'Linux'],
  ['', 'Other', '', 'Other'],
];

for (const [header, name, version, os, osVersion] of CASES)
  test(`parses the user agent "${header}"`, () => {
    const expected = new Map([
      ['user_agent.name', name],
      ['user_agent.original', header],
      ['user_agent.version', version],
      ['os.name', os],
    ]);
    if (osVersion !== undefined) expected.set('os.version', osVersion);
    const record = { body: anyValue(header) };
    assert.deepEqual(evaluate('UserAgent(body)', record), expected);
    assert.deepEqual(evaluate('UserAgent(user_agent=body)', record), expected);
  });

test('fails for a value that is not a string', () => {
  assert.throws(() => evaluate('UserAgent(body)', { body: anyValue(7n) }), /expected string, got int64/);
  assert.throws(() => evaluate('UserAgent(body)'), /expected string, got nil/);
});

test('recognizes products in the first 2,048 characters', () => {
  const nameOf = (header: string) => evaluate('UserAgent(body)["user_agent.name"]', { body: anyValue(header) });
  assert.equal(nameOf(`${'Mozilla Mobile '.repeat(100)}curl/7.81.0`), 'curl');
  assert.equal(nameOf(`${'Mozilla Mobile '.repeat(100_000)}curl/7.81.0`), 'Other');
});
