import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEdited } from './gateway.testing.ts';

const config = (timeout: string, more = '') => `receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors:
  batch:
    timeout: ${timeout}
exporters:
  nop: {}
  otlp_http:
    endpoint: http://127.0.0.1:1
    headers: {x-key: s3cret, x-other: "\${env:OTHER}"}
extensions: {workbench: {endpoint: 127.0.0.1:0}}
service:
  extensions: [workbench]
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [nop]}
${more}`;

test('reads, checks, applies and rolls back; the file, the revisions and the log agree', async () => {
  await using gateway = await startEdited(config('200ms'));
  const read = await gateway.read();
  assert.deepEqual([read.revision, read.readOnly], [1, undefined]);
  assert.match(read.text, /x-key: "\[REDACTED exporters\.otlp_http\.headers\.x-key\]", x-other: "\$\{env:OTHER\}"/);
  assert.doesNotMatch(JSON.stringify(read), /s3cret|from-environment/);

  const text = read.text.replace('200ms', '300ms').replace('  nop: {}', '  nop: {}\n  nop/2: {}');
  const checked = await gateway.post('/config/check', { text: text.replace('[nop]', '[nop, nop/2]'), base: 1 });
  assert.deepEqual(checked.body.changes, {
    kept: ['extensions/workbench', 'receivers/otlp', 'exporters/nop'],
    restarted: ['processors/batch'],
    added: ['exporters/nop/2'],
    removed: [],
  });

  const applied = await gateway.post('/config/apply', { text, base: 1, revision: 1, by: 'dev-1' });
  assert.deepEqual([applied.body.result, applied.body.revision], ['applied', 2]);
  assert.deepEqual(applied.body.changes?.restarted, ['processors/batch']);
  assert.match(await readFile(gateway.file, 'utf8'), /timeout: 300ms[\s\S]*x-key: s3cret/);
  const { revisions } = await gateway.read();
  assert.deepEqual(
    revisions.map(({ revision, by, what }) => [revision, by, what.split('/').slice(0, 2).join('/').slice(0, 26)]),
    [
      [2, 'dev-1', 'restarts processors/batch'],
      [1, 'file', `read from ${gateway.file}`.slice(0, 26).split('/').slice(0, 2).join('/')],
    ],
  );
  const old = await (await fetch(`${gateway.url}/config/revisions/1`)).json();
  assert.match(old.text, /timeout: 200ms/);
  assert.doesNotMatch(old.text, /s3cret/);

  const back = await gateway.post('/config/roll-back', { to: 1, revision: 2, by: 'dev-1' });
  assert.deepEqual([back.body.result, back.body.revision], ['applied', 3]);
  assert.equal(await readFile(gateway.file, 'utf8'), config('200ms'));
  assert.equal((await gateway.read()).revisions[0]?.what, 'rolled back to 1');
  const audit = gateway.lines.filter(({ msg }) => msg === 'configuration edited');
  assert.deepEqual(
    audit.map(({ revision, from, by, restarted }) => [revision, from, by, restarted]),
    [
      [2, 1, 'dev-1', ['processors/batch']],
      [3, 2, 'dev-1', ['processors/batch']],
    ],
  );
  assert.doesNotMatch(JSON.stringify(gateway.lines), /s3cret/);
  assert.equal((await stat(`${gateway.file}.revisions`)).mode & 0o777, 0o700);
});

test('rejects edits without the token, with a wrong one, and from another page', async () => {
  await using gateway = await startEdited(config('200ms'));
  const draft = { text: config('300ms'), base: 1, revision: 1 };
  const { host } = new URL(gateway.url);
  const edits: readonly [string, object][] = [
    ['/config/check', { text: draft.text, base: 1 }],
    ['/config/dry-run', { text: draft.text, base: 1 }],
    ['/config/insert', { text: draft.text, signal: 'traces', configuration: 'processors: {batch/2: {}}' }],
    ['/config/apply', draft],
    ['/config/roll-back', { to: 1, revision: 1 }],
  ];
  for (const [path, body] of edits) {
    const none = await gateway.post(path, body, { authorization: '' });
    assert.deepEqual([none.status, none.body.error?.code], [401, 'unauthorized'], path);
    assert.match(none.body.error?.message ?? '', /expected "Bearer TOKEN" with the token for edits, got none/);
    assert.equal((await gateway.post(path, body, { authorization: 'Bearer wrong' })).status, 401, path);
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { origin: 'null' }])
      assert.equal((await gateway.post(path, body, headers as Record<string, string>)).status, 403, path);
  }
  const own = await gateway.post('/config/check', { text: draft.text, base: 1 }, { origin: `http://${host}` });
  assert.equal(own.status, 200);
  assert.equal((await gateway.read()).revision, 1);
  assert.equal(await readFile(gateway.file, 'utf8'), config('200ms'));
});

test('reports the errors of a draft at their places, as they are without the secrets', async () => {
  await using gateway = await startEdited(config('200ms'));
  const { text } = await gateway.read();
  const broken = text.replace('200ms', '512 mb').replace('[nop]', '[nopp]');
  const { body } = await gateway.post('/config/check', { text: broken, base: 1 });
  assert.deepEqual(
    body.diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ line, column, path }) => [line, column, path]),
    [
      [4, 14, 'processors.batch.timeout'],
      [14, 66, 'service.pipelines.traces.exporters'],
    ],
  );
  const applied = await gateway.post('/config/apply', { text: broken, base: 1, revision: 1 });
  assert.deepEqual([applied.body.result, applied.body.revision], ['invalid', 1]);
  assert.match(applied.body.reason ?? '', /revision 1 keeps running/);
  const unknown = await gateway.post('/config/check', { text: text.replace('x-key]', 'y-key]'), base: 1 });
  assert.match(unknown.body.diagnostics[0]?.message ?? '', /REDACTED .*y-key.*which revision 1 does not have/);
  assert.equal(unknown.body.diagnostics[0]?.line, 9);
});

test('of two applies at the same time one wins, and the other is a conflict that names the revision', async () => {
  await using gateway = await startEdited(config('200ms'));
  const apply = (timeout: string) =>
    gateway.post('/config/apply', { text: config(timeout), base: 1, revision: 1, by: timeout });
  const responses = await Promise.all([apply('300ms'), apply('400ms')]);
  assert.deepEqual(responses.map(({ status }) => status).toSorted(), [200, 409]);
  const lost = responses.find(({ status }) => status === 409);
  assert.match(lost?.body.error?.message ?? '', /^revision: expected 2, which runs now .*got 1$/);
  assert.equal((await gateway.read()).revisions.length, 2);
});

test('a draft that does not start changes nothing, and says which revision keeps running', async () => {
  await using gateway = await startEdited(config('200ms'));
  const taken = new URL(gateway.url).host;
  const text = config('300ms').replace('http: {endpoint: 127.0.0.1:0}', `http: {endpoint: "${taken}"}`);
  const { body } = await gateway.post('/config/apply', { text, base: 1, revision: 1 });
  assert.equal(body.result, 'rolled_back');
  assert.match(body.reason ?? '', /; revision 1 keeps running$/);
  assert.equal(await readFile(gateway.file, 'utf8'), config('200ms'));
  assert.deepEqual(await readdir(join(gateway.file, '..')), ['otelier.yaml']);
  assert.ok(gateway.lines.some(({ msg }) => msg === 'edit not applied'));
  const next = await gateway.post('/config/apply', { text: config('300ms'), base: 1, revision: 1 });
  assert.equal(next.body.result, 'applied');
});

test('huge drafts, alias bombs and cycles are rejected quickly and change nothing', async () => {
  await using gateway = await startEdited(config('200ms'));
  const huge = await gateway.post('/config/check', { text: 'x'.repeat(200_001), base: 1 });
  assert.equal(huge.status, 400);
  const larger = await gateway.post('/config/check', { text: 'x'.repeat(300_000), base: 1 });
  assert.equal(larger.status, 413);
  const levels = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1}, `.repeat(i === 0 ? 0 : 9)}x]`);
  const hostile = [
    levels.join('\n'),
    'receivers: &r {otlp: *r}',
    `${'{a: '.repeat(5000)}${'}'.repeat(5000)}`,
    '\0\uFFFF\u202E',
    `processors: {batch: {timeout: "\${file:/etc/hostname}"}}`,
  ];
  for (const text of hostile) {
    const response = await gateway.post('/config/apply', { text, base: 1, revision: 1 });
    assert.equal(response.status, 200, text.slice(0, 40));
    assert.equal(response.body.result, 'invalid', text.slice(0, 40));
  }
  const insertion = { signal: 'traces', configuration: 'processors: {filter/no: {}}' };
  for (const text of [...hostile.slice(0, -1), 'x'.repeat(200_001)]) {
    const { status, body } = await gateway.post('/config/insert', { ...insertion, text });
    assert.equal(status, 400, text.slice(0, 40));
    assert.match(body.error?.message ?? '', /^text: |^text:\d+:\d+: /);
  }
  const fragment = await gateway.post('/config/insert', {
    ...insertion,
    text: config('1s'),
    configuration: hostile[0],
  });
  assert.match(fragment.body.error?.message ?? '', /^configuration: /);
  assert.equal((await gateway.read()).revision, 1);
});

test('revisions survive a restart; a change of the file becomes one of its own', async () => {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'otelier-edit-')));
  try {
    {
      await using first = await startEdited(config('200ms'), { directory });
      await first.post('/config/apply', { text: config('300ms'), base: 1, revision: 1, by: 'dev-1' });
    }
    await using second = await startEdited(config('300ms'), { directory });
    assert.deepEqual(
      (await second.read()).revisions.map(({ revision, by }) => [revision, by]),
      [
        [2, 'dev-1'],
        [1, 'file'],
      ],
    );
    await writeFile(second.file, config('400ms'));
    const stale = await second.post('/config/apply', { text: config('500ms'), base: 2, revision: 2 });
    assert.equal(stale.status, 409);
    assert.match(stale.body.error?.message ?? '', /has changed on disk since revision 2/);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('a configuration that does not come from one file is read-only, and drafts of it are still checked', async () => {
  await using gateway = await startEdited(config('200ms'), { source: { readOnly: 'it is merged from 2 sources' } });
  const read = await gateway.read();
  assert.deepEqual([read.readOnly, read.revision, read.revisions], ['it is merged from 2 sources', 0, []]);
  const checked = await gateway.post('/config/check', { text: read.text.replace('200ms', '1s'), base: 0 });
  assert.deepEqual(checked.body.changes?.restarted, ['processors/batch']);
  const applied = await gateway.post('/config/apply', { text: config('300ms'), base: 0, revision: 0 });
  assert.deepEqual([applied.status, applied.body.error?.code], [403, 'forbidden']);
  assert.match(applied.body.error?.message ?? '', /read-only: it is merged from 2 sources/);
});
