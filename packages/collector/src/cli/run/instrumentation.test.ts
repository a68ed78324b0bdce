import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WORKSPACE, withTempDirectory } from '../otelier.testing.ts';
import { instrument } from './instrumentation.ts';

const REGISTER = 'auto-instrumentations-node/';

/** Creates a directory with a stand-in for the official package. */
async function install(directory: string): Promise<void> {
  const packageDirectory = join(directory, 'node_modules/@opentelemetry/auto-instrumentations-node');
  await mkdir(packageDirectory, { recursive: true });
  await writeFile(join(packageDirectory, 'package.json'), '{"exports":{"./register":"./register.js"}}');
  await writeFile(join(packageDirectory, 'register.js'), '');
}

for (const command of [
  ['node', 'app.js'],
  ['/usr/bin/node', 'app.js'],
  ['npm', 'start'],
  ['npx', 'tsx', 'app.ts'],
]) {
  test(`instruments ${command.join(' ')} if the official package resolves`, () => {
    const { command: started, environment, sentence } = instrument(command, WORKSPACE, {});
    assert.deepEqual(started, command);
    assert.match(environment['NODE_OPTIONS'] ?? '', new RegExp(`^--require \\S*${REGISTER}\\S*register`));
    assert.equal(environment['OTEL_NODE_RESOURCE_DETECTORS'], 'env,host,os,process,serviceinstance');
    assert.equal(sentence, 'Instrumented by @opentelemetry/auto-instrumentations-node.');
  });
}

test('appends to NODE_OPTIONS of the user and keeps chosen detectors', () => {
  const chosen = { NODE_OPTIONS: '--max-old-space-size=100', OTEL_NODE_RESOURCE_DETECTORS: 'all' };
  const { environment } = instrument(['node', 'app.js'], WORKSPACE, chosen);
  assert.match(environment['NODE_OPTIONS'] ?? '', /^--max-old-space-size=100 --require /);
  assert.equal(environment['OTEL_NODE_RESOURCE_DETECTORS'], 'all');
});

test('quotes a path with spaces', () =>
  withTempDirectory(async (directory) => {
    const spaced = join(directory, 'my "own" app');
    await install(spaced);
    const { environment } = instrument(['node', 'app.js'], spaced, {});
    assert.match(environment['NODE_OPTIONS'] ?? '', /^--require "\/.*my \\"own\\" app\/.*register\.js"$/);
  }));

test('instruments with @otelier/sdk if the official package does not resolve', () =>
  withTempDirectory(async (directory) => {
    const { command, environment, sentence } = instrument(['node', 'app.js'], directory, { NODE_OPTIONS: '--inspect' });
    assert.deepEqual(command, ['node', 'app.js']);
    const [, register = ''] = /^--inspect --import (file:\S+)$/.exec(environment['NODE_OPTIONS'] ?? '') ?? [];
    assert.ok(existsSync(new URL(register)), register);
    assert.equal(sentence, 'Instrumented by @otelier/sdk.');
  }));

/** Creates a directory with an executable of this name. */
async function wrapperIn(directory: string): Promise<string> {
  const wrapper = join(directory, 'opentelemetry-instrument');
  await mkdir(directory, { recursive: true });
  await writeFile(wrapper, '#!/bin/sh\n');
  await chmod(wrapper, 0o755);
  return wrapper;
}

test('starts Python through the wrapper on the path or beside the interpreter', () =>
  withTempDirectory(async (directory) => {
    const onPath = await wrapperIn(join(directory, 'bin'));
    const environment = { PATH: `/no/such/directory:${join(directory, 'bin')}` };
    for (const program of ['python', 'python3', 'python3.12', 'uvicorn', 'flask'])
      assert.deepEqual(instrument([program, 'app.py'], directory, environment).command, [onPath, program, 'app.py']);
    const beside = await wrapperIn(join(directory, 'venv/bin'));
    const interpreter = join(directory, 'venv/bin/python3');
    assert.deepEqual(instrument([interpreter, 'app.py'], directory, environment).command, [
      beside,
      interpreter,
      'app.py',
    ]);
  }));

test('names the packages to install for Python without an executable wrapper', () =>
  withTempDirectory(async (directory) => {
    await chmod(await wrapperIn(directory), 0o644);
    const { command, sentence } = instrument(['python3', 'app.py'], directory, { PATH: directory });
    assert.deepEqual(command, ['python3', 'app.py']);
    assert.match(
      sentence,
      /^Not instrumented automatically: run "pip install opentelemetry-distro .*and start again\.$/,
    );
  }));

test('reports that other programs need an SDK', () => {
  const { command, environment, sentence } = instrument(['/opt/app/server', '--port', '80'], WORKSPACE, {});
  assert.deepEqual([command, environment], [['/opt/app/server', '--port', '80'], {}]);
  assert.match(
    sentence,
    /^The OTEL_\* variables are set for server; it sends telemetry when it uses an OpenTelemetry SDK/,
  );
});
