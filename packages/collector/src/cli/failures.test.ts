import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '@otelier/store';
import { type Ended, FREE_PORTS, otelier, whileRunning, withTempDirectory } from './otelier.testing.ts';

/** Asserts that a message without a stack trace was written to standard error, and the exit code. */
function assertOneSentence({ code, stdout, stderr }: Ended, pattern: RegExp, expectedCode = 1): void {
  assert.equal(code, expectedCode, stderr);
  assert.equal(stdout, '');
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  assert.match(stderr, pattern);
}

test('reports a port in use with its address and a fix, and leaves the directory unchanged', () =>
  withTempDirectory(async (directory) => {
    await whileRunning(['--data', join(directory, 'first'), ...FREE_PORTS], async (running) => {
      const grpc = running.address('OTLP/gRPC');
      const setting = `receivers.otlp.protocols.grpc.endpoint=${grpc}`;
      const second = join(directory, 'second');
      assertOneSentence(
        await otelier(['--data', second, ...FREE_PORTS, '--set', setting]),
        new RegExp(
          `^otelier: receiver otlp: ${grpc} is in use by another program; stop that program, or choose another`,
        ),
      );
      // Components that had already started were closed, so the store can be opened.
      await (await openStore({ directory: second })).close();

      const page = running.address('Page and API').replace('http://', '');
      const third = join(directory, 'third');
      assertOneSentence(
        await otelier(['--data', third, ...FREE_PORTS, '--set', `extensions.workbench.endpoint=${page}`]),
        new RegExp(`^otelier: extension workbench: ${page} is in use by another program, perhaps another otelier`),
      );
      assert.ok(!existsSync(third));
    });
  }));

test('names the process that has a store open, and leaves it running', () =>
  withTempDirectory(async (data) => {
    await whileRunning(['--data', data, ...FREE_PORTS], async (running) => {
      assertOneSentence(
        await otelier(['--data', data, ...FREE_PORTS]),
        /^otelier: exporter store: .*expected a data directory that no process has open, but process \d+ on host \S+ since \S+ has it open\. Stop that/,
      );
      assert.equal((await fetch(`${running.address('Page and API')}/healthz`)).status, 200);
    });
  }));

test('reports a store of a newer version and leaves it unchanged', () =>
  withTempDirectory(async (data) => {
    await (await openStore({ directory: data })).close();
    await writeFile(join(data, 'store.json'), '{"version":901}');
    const before = (await readdir(data, { recursive: true })).sort();
    assertOneSentence(
      await otelier(['--data', data, ...FREE_PORTS]),
      /^otelier: exporter store: .*expected a store of version \d+ or older, got version 901, written by a newer otelier\. Upgrade/,
    );
    assert.deepEqual((await readdir(data, { recursive: true })).sort(), before);
    assert.equal(await readFile(join(data, 'store.json'), 'utf8'), '{"version":901}');
  }));

test('reports an unusable data directory', () =>
  withTempDirectory(async (directory) => {
    const data = join(directory, 'taken');
    await writeFile(data, 'a file');
    assertOneSentence(
      await otelier(['--data', data, ...FREE_PORTS]),
      new RegExp(`^otelier: exporter store: ${data}: expected a writable directory, got EEXIST .*--data`),
    );
    // Not even root can create directories here.
    if (process.platform === 'linux')
      assertOneSentence(
        await otelier(['--data', '/sys/otelier', ...FREE_PORTS]),
        /^otelier: exporter store: \/sys\/otelier: expected a writable directory, got E(PERM|ACCES|ROFS) /,
      );
    assert.equal(await readFile(data, 'utf8'), 'a file');
  }));

test('names a missing certificate file', () =>
  withTempDirectory(async (directory) => {
    const setting = 'receivers.otlp.protocols.http.tls.cert_file=/no/such.pem';
    const { code, stderr } = await otelier(['--data', join(directory, 'data'), ...FREE_PORTS, '--set', setting]);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      '--set: receivers.otlp.protocols.http.tls.cert_file: expected a readable file, got /no/such.pem: there is no such file\notelier: nothing was started; correct the configuration.\n',
    );
    assert.ok(!existsSync(join(directory, 'data')));
  }));

test('reports conflicting options', async () => {
  for (const [args, hint] of [
    [['--demo'], /add the receiver "generator"/],
    [['--data', 'x'], /set exporters\.store\.directory/],
  ] as const)
    assertOneSentence(await otelier(['--config', 'c.yaml', ...args]), hint, 2);
});
