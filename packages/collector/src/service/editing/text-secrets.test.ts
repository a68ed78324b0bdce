import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registry } from '../../registry.generated.ts';
import { hideSecrets, placeInDraft, restoreSecrets } from './text-secrets.ts';

const TEXT = `# token: abc123def
exporters:
  otlp_http:
    endpoint: https://user:pw12@host.example # password = "x y"
    headers: {authorization: Bearer xyz, x-key: "\${env:KEY}", other: '\${env:A:-default-secret}'}
    tls: {key_pem: "a b", cert_file: x}
  nosuch: {a: 1, b: [x, y]}
extensions:
  workbench:
    token: |
      abcdef
      ghijkl
    endpoint: 127.0.0.1:0
  bearer_token_auth: {token: &shared t0p, scheme: Bearer}
  bearer_token_auth/2: {token: *shared}
extensions::basic_auth::client_auth::password: n3sted
`;

test('hides secrets of schemas, names, URLs, comments, blocks and anchors, and keeps references and everything else', async () => {
  const shown = await hideSecrets(TEXT, registry);
  for (const secret of [
    'abc123def',
    'pw12',
    'x y',
    'xyz',
    'default-secret',
    'a b',
    'abcdef',
    'ghijkl',
    't0p',
    'n3sted',
  ])
    assert.ok(!shown.text.includes(secret), secret);
  for (const kept of [
    `"\${env:KEY}"`,
    'cert_file: x',
    'endpoint: 127.0.0.1:0',
    'user:',
    '@host.example',
    'scheme: Bearer',
  ])
    assert.ok(shown.text.includes(kept), kept);
  assert.match(shown.text, /nosuch: \{a: "\[REDACTED exporters\.nosuch\.a\]"/);
  const restored = restoreSecrets(shown.text, shown);
  assert.deepEqual([restored.text, restored.unknown], [TEXT, []]);
});

test('a placeholder keeps its secret when it moves, with or without quotes', async () => {
  const shown = await hideSecrets(TEXT, registry);
  const moved = 'a: [REDACTED extensions.workbench.token]\n'.replace('[', '"[').replace(']', ']"');
  assert.equal(restoreSecrets(moved, shown).text, 'a: |\n      abcdef\n      ghijkl\n');
  const { unknown } = restoreSecrets('a: 1\nb: "[REDACTED exporters.other.token]"\n', shown);
  assert.deepEqual(unknown, [{ offset: 8, placeholder: '"[REDACTED exporters.other.token]"' }]);
});

test('places behind secrets of several lines are those in the draft', async () => {
  const shown = await hideSecrets(TEXT, registry);
  const restored = restoreSecrets(shown.text, shown);
  assert.deepEqual(placeInDraft(restored, 13, 5), { line: 11, column: 5 });
  assert.deepEqual(placeInDraft(restored, 2, 1), { line: 2, column: 1 });
  assert.deepEqual(placeInDraft(restored, 11, 8).line, 10, 'inside of the secret: at its placeholder');
  assert.deepEqual(placeInDraft(restored, 0, 0), { line: 0, column: 0 });
});
