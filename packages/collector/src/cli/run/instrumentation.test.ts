import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder, WORKSPACE } from '../otelier.testing.ts';
import { instrument } from './instrumentation.ts';

const REGISTER = 'auto-instrumentations-node/';

/** A folder with the official package, or with what looks like it. */
async function install(folder: string): Promise<void> {
  const packageFolder = join(folder, 'node_modules/@opentelemetry/auto-instrumentations-node');
  await mkdir(packageFolder, { recursive: true });
  await writeFile(join(packageFolder, 'package.json'), '{"exports":{"./register":"./register.js"}}');
  await writeFile(join(packageFolder, 'register.js'), '');
}

for (const command of [
  ['node', 'app.js'],
  ['/usr/bin/node', 'app.js'],
  ['npm', 'start'],
  ['npx', 'tsx', 'app.ts'],
]) {
  test(`instruments ${command.join(' ')} where the official package can be resolved`, () => {
    const { command: started, environment, sentence } = instrument(command, WORKSPACE, {});
    assert.deepEqual(started, command);
    assert.match(environment['NODE_OPTIONS'] ?? '', new RegExp(`^--require \\S*${REGISTER}\\S*register`));
    assert.equal(environment['OTEL_NODE_RESOURCE_DETECTORS'], 'env,host,os,process,serviceinstance');
    assert.equal(sentence, 'Instrumented by @opentelemetry/auto-instrumentations-node.');
  });
}

test('adds to the options of Node that the user has set, and leaves detectors as they were chosen', () => {
  const chosen = { NODE_OPTIONS: '--max-old-space-size=100', OTEL_NODE_RESOURCE_DETECTORS: 'all' };
  const { environment } = instrument(['node', 'app.js'], WORKSPACE, chosen);
  assert.match(environment['NODE_OPTIONS'] ?? '', /^--max-old-space-size=100 --require /);
  assert.equal(environment['OTEL_NODE_RESOURCE_DETECTORS'], 'all');
});

test('puts a path with spaces between quotes', () =>
  inFolder(async (folder) => {
    const spaced = join(folder, 'my "own" app');
    await install(spaced);
    const { environment } = instrument(['node', 'app.js'], spaced, {});
    assert.match(environment['NODE_OPTIONS'] ?? '', /^--require "\/.*my \\"own\\" app\/.*register\.js"$/);
  }));

test('says what to install where the package cannot be resolved', () =>
  inFolder(async (folder) => {
    const { command, environment, sentence } = instrument(['node', 'app.js'], folder, {});
    assert.deepEqual([command, environment], [['node', 'app.js'], {}]);
    assert.equal(
      sentence,
      `Not instrumented automatically: run "npm install --save-dev @opentelemetry/auto-instrumentations-node" in ${folder} and start again.`,
    );
  }));

/** A folder with an executable of this name. */
async function wrapperIn(folder: string): Promise<string> {
  const wrapper = join(folder, 'opentelemetry-instrument');
  await mkdir(folder, { recursive: true });
  await writeFile(wrapper, '#!/bin/sh\n');
  await chmod(wrapper, 0o755);
  return wrapper;
}

test('starts Python through the wrapper on the path, or the one beside the interpreter', () =>
  inFolder(async (folder) => {
    const onPath = await wrapperIn(join(folder, 'bin'));
    const environment = { PATH: `/no/such/folder:${join(folder, 'bin')}` };
    for (const program of ['python', 'python3', 'python3.12', 'uvicorn', 'flask'])
      assert.deepEqual(instrument([program, 'app.py'], folder, environment).command, [onPath, program, 'app.py']);
    const beside = await wrapperIn(join(folder, 'venv/bin'));
    const interpreter = join(folder, 'venv/bin/python3');
    assert.deepEqual(instrument([interpreter, 'app.py'], folder, environment).command, [beside, interpreter, 'app.py']);
  }));

test('says what to install for Python without a wrapper that can be run', () =>
  inFolder(async (folder) => {
    await chmod(await wrapperIn(folder), 0o644);
    const { command, sentence } = instrument(['python3', 'app.py'], folder, { PATH: folder });
    assert.deepEqual(command, ['python3', 'app.py']);
    assert.match(
      sentence,
      /^Not instrumented automatically: run "pip install opentelemetry-distro .*and start again\.$/,
    );
  }));

test('says of other programs that they need an SDK', () => {
  const { command, environment, sentence } = instrument(['/opt/app/server', '--port', '80'], WORKSPACE, {});
  assert.deepEqual([command, environment], [['/opt/app/server', '--port', '80'], {}]);
  assert.match(
    sentence,
    /^The OTEL_\* variables are set for server; it sends telemetry when it uses an OpenTelemetry SDK/,
  );
});
