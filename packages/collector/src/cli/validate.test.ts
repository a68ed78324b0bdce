import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FREE_PORTS, otelier, startOtelier, withTempDirectory } from './otelier.testing.ts';

const VALID = `
receivers: {otlp: {protocols: {http: {}}}}
exporters: {nop: {}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}`;

test('validate prints nothing for a valid file', () =>
  withTempDirectory(async (cwd) => {
    await writeFile(join(cwd, 'c.yaml'), VALID);
    assert.deepEqual(await otelier(['validate', '--config', 'c.yaml'], { cwd }), { code: 0, stdout: '', stderr: '' });
  }));

test('validate prints every error on its own line with its position', () =>
  withTempDirectory(async (cwd) => {
    await writeFile(join(cwd, 'a.yaml'), VALID);
    await writeFile(join(cwd, 'b.yaml'), 'exporters:\n  nop: {color: red}\n');
    const args = ['validate', '--config', 'a.yaml', '--config', 'b.yaml', '--set', 'receivers.otlp.protocls=x'];
    const { code, stdout, stderr } = await otelier(args, { cwd });
    assert.equal(code, 1);
    assert.equal(stderr, '');
    assert.deepEqual(stdout.trimEnd().split('\n').sort(), [
      '--set: receivers.otlp.protocls: expected one of protocols, got "protocls"; did you mean "protocols"?',
      'b.yaml:2:9: exporters.nop.color: expected nothing here, got "color"',
    ]);
  }));

test('validate reports a missing file, invalid YAML, and a missing --config', () =>
  withTempDirectory(async (cwd) => {
    await writeFile(join(cwd, 'broken.yaml'), 'receivers: {otlp: [}\n');
    await writeFile(join(cwd, 'large.yaml'), `# ${'x'.repeat(1 << 20)}\n`);
    for (const [args, pattern] of [
      [['--config', 'none.yaml'], /^none\.yaml: expected a readable file: no such file\n$/],
      [['--config', 'broken.yaml'], /^broken\.yaml:1:19: /],
      [['--config', 'large.yaml'], /^large\.yaml: expected at most 1 MiB, got more\n$/],
      [['--config', '/dev/zero'], /^\/dev\/zero: expected at most 1 MiB, got more\n$/],
      [[], /^otelier: expected --config FILE/],
    ] as const) {
      const { code, stdout, stderr } = await otelier(['validate', ...args], { cwd });
      assert.equal(code, args.length === 0 ? 2 : 1);
      assert.match(stdout + stderr, pattern);
    }
  }));

test('config print prints the valid configuration that is used without --config', () =>
  withTempDirectory(async (cwd) => {
    for (const args of [[], ['--demo'], ['--data', 'a "quoted" directory']]) {
      const { code, stdout } = await otelier(['config', 'print', ...args]);
      assert.equal(code, 0);
      await writeFile(join(cwd, 'c.yaml'), stdout);
      assert.deepEqual(await otelier(['validate', '--config', 'c.yaml'], { cwd }), { code: 0, stdout: '', stderr: '' });
    }
    const running = await startOtelier(['--config', 'c.yaml', ...FREE_PORTS], { cwd });
    assert.match(running.stdout, /Store +a "quoted" directory/);
    assert.equal((await running.stop()).code, 0);
  }));
