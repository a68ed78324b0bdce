import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Ended, otelier, withTempDirectory } from './otelier.testing.ts';

const CONFIG = `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {otlp_http: "\${file:parts/exporter.yaml}", nop: {}}
service: {pipelines: {traces: {receivers: [otlp], exporters: "\${yaml:[otlp_http, nop]}"}}}`;

/** Runs a command in a directory that contains a configuration split into several files. */
function inDirectory(run: (start: (...args: string[]) => Promise<Ended>, cwd: string) => Promise<void>): Promise<void> {
  return withTempDirectory(async (cwd) => {
    await mkdir(join(cwd, 'parts'));
    await writeFile(join(cwd, 'c.yaml'), CONFIG);
    const exporter = `endpoint: "http://\${env:HOST}:4318"\nheaders: {x-key: "\${file:parts/key}"}\n`;
    await writeFile(join(cwd, 'parts/exporter.yaml'), exporter);
    await writeFile(join(cwd, 'parts/key'), 'pa$$word\n');
    const environment = { HOST: 'collector', CONFIG };
    await run((...args) => otelier(args, { cwd, environment }), cwd);
  });
}

async function printed(command: Promise<Ended>): Promise<Record<string, Record<string, unknown>>> {
  const { code, stdout, stderr } = await command;
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout);
}

for (const source of ['c.yaml', 'file:c.yaml', 'env:CONFIG', `yaml:${CONFIG}`]) {
  test(`reads --config ${source.split(/[\s:]/, 1)[0]} and the files and texts that it refers to`, () =>
    inDirectory(async (start) => {
      const set = ['--set', 'exporters.otlp_http.timeout=1s'];
      const args = ['--config', source, '--format', 'json', '--mode', 'unredacted'];
      const { exporters, service } = await printed(start('print-config', ...args));
      assert.deepEqual(exporters?.['otlp_http'], {
        endpoint: 'http://collector:4318',
        // A string is used as it is, without the file's trailing newline.
        headers: { 'x-key': 'pa$$word' },
      });
      assert.deepEqual(service?.['pipelines'], { traces: { receivers: ['otlp'], exporters: ['otlp_http', 'nop'] } });
      assert.equal((await start('validate', '--config', source)).code, 0);
      // As in the Collector, sources are merged before references are expanded.
      const merged = await printed(start('print-config', ...args, ...set));
      assert.deepEqual(merged['exporters']?.['otlp_http'], { timeout: '1s' });
    }));
}

test('keys with :: are nested, in a text and in a file', () =>
  inDirectory(async (start, cwd) => {
    await writeFile(join(cwd, 'more.yaml'), 'exporters::otlp_http/2: {endpoint: "http://a:1"}\n');
    const more = ['--config', 'more.yaml', '--config', 'yaml:exporters::otlp_http/2::timeout: 3s'];
    const { exporters } = await printed(start('print-config', '--format', 'json', '--config', 'c.yaml', ...more));
    assert.deepEqual(exporters?.['otlp_http/2'], { endpoint: 'http://a:1', timeout: '3s' });
  }));

test('print-config prints no secrets', () =>
  inDirectory(async (start) => {
    const { exporters } = await printed(start('print-config', '--format', 'json', '--config', 'c.yaml'));
    const expected = { endpoint: 'http://collector:4318', headers: { 'x-key': '[REDACTED]' } };
    assert.deepEqual(exporters?.['otlp_http'], expected);
    const unknown = 'yaml:exporters::vendor: {url: "https://user:pass@host", api_token: "abc"}';
    const { stdout } = await start('print-config', '--config', unknown);
    assert.doesNotMatch(stdout, /pass|abc/);
  }));

for (const [source, pattern] of [
  ['file:none.yaml', /^none\.yaml: expected a readable file: no such file\n/],
  ['env:NONE', /^env:NONE: expected the name of a variable that is set\n/],
  ['http://host/c.yaml', /^http:\/\/host\/c\.yaml: expected a file, file:PATH, env:NAME or yaml:TEXT, got http:\n/],
  [`yaml:exporters: {nop: "\${file:none}"}`, /^yaml:1:\d+: \$\{file:none\}: expected a readable file: no such file\n/m],
  [`yaml:exporters: {nop: "\${file:/dev/zero}"}`, /expected a readable file: not a regular file\n/],
  [`yaml:exporters: {nop: "\${http://host}"}`, /expected \$\{env:NAME\}, .*\$\{file:PATH\} or \$\{yaml:TEXT\}, got/],
  [`yaml:exporters: "\${file:loop.yaml}"`, /expected at most 20 files within each other, got more in/],
] as const) {
  test(`reports what is wrong with --config ${source}`, () =>
    inDirectory(async (start, cwd) => {
      await writeFile(join(cwd, 'loop.yaml'), `nop: "\${file:loop.yaml}"\n`);
      const { code, stdout } = await start('validate', '--config', source);
      assert.equal(code, 1);
      assert.match(stdout, pattern);
    }));
}

test('names feature gates, which have no effect', () =>
  inDirectory(async (start) => {
    const { code, stderr } = await start('validate', '--config', 'c.yaml', '--feature-gates', '+a.b,-c.d');
    assert.equal(code, 0);
    assert.deepEqual(stderr.match(/"[^"]*"/g), ['"a.b"', '"c.d"']);
  }));

test('components lists all components, their signals and stability', async () => {
  const { code, stdout } = await otelier(['components']);
  assert.equal(code, 0);
  assert.match(stdout, /^receivers:\n(?: .*\n)* {2}- name: otlp\n {4}stability:\n {6}traces: beta\n/m);
  assert.match(stdout, /^exporters:\n(?: .*\n)* {2}- name: otlp_grpc\n {4}aliases:\n {6}- otlp\n/m);
  assert.match(stdout, /^providers:\n {2}- scheme: env\n {2}- scheme: file\n {2}- scheme: yaml$/m);
});
