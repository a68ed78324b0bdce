import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { createClient, openDiskBuffer, span } from '../node.ts';
import { startSink } from '../sink.testing.ts';
import { BUFFER_CONTRACT, drained, requestOf } from './contract.testing.ts';

async function makeTempDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-buffer-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'buffer');
}

describe('a disk buffer', () => {
  for (const { name, run } of BUFFER_CONTRACT) {
    test(name, async (t) => {
      const directory = await makeTempDirectory(t);
      // Framing and closed segments take up to an eighth of the space.
      await run((capacityBytes) => openDiskBuffer({ directory, maxBytes: Math.ceil(capacityBytes * 1.25) }));
    });
  }

  test('can be opened by one client at a time', async (t) => {
    const directory = await makeTempDirectory(t);
    const buffer = await openDiskBuffer({ directory });
    const expected = `DirectoryLockedError: ${directory}: expected a data directory that no process has open, but process ${process.pid} on host`;
    await assert.rejects(openDiskBuffer({ directory }), (error: Error) => String(error).startsWith(expected));
    await buffer.close();
    await (await openDiskBuffer({ directory })).close();
  });

  test('truncates and counts an incomplete request after a crash, and keeps earlier ones', async (t) => {
    const directory = await makeTempDirectory(t);
    const before = await openDiskBuffer({ directory });
    for (const text of ['a', 'b']) await before.append(requestOf('traces', 1, text));
    await before.close();
    const file = await open(join(directory, (await segments(directory)).at(-1) ?? ''), 'a');
    await file.write(Buffer.from('half of a record'));
    await file.close();
    const after = await openDiskBuffer({ directory });
    assert.equal(after.unreadableBytes, 16);
    await after.append(requestOf('traces', 1, 'c'));
    assert.deepEqual(await drained(after), ['a', 'b', 'c']);
    await after.close();
  });

  test('skips a damaged request, counts its bytes once, and keeps later ones', async (t) => {
    const directory = await makeTempDirectory(t);
    const maxBytes = 512 * 1024;
    const before = await openDiskBuffer({ directory, maxBytes });
    const big = 'x'.repeat(40_000);
    for (const text of [`1 ${big}`, `2 ${big}`, `3 ${big}`, '4']) await before.append(requestOf('traces', 1, text));
    await before.close();
    const [first = ''] = await segments(directory);
    const { size } = await stat(join(directory, first));
    const file = await open(join(directory, first), 'r+');
    await file.write(Buffer.from('!'), 0, 1, 100);
    await file.close();
    const after = await openDiskBuffer({ directory, maxBytes });
    const unreadable = after.unreadableBytes;
    assert.ok(unreadable > 40_000 && unreadable < size, `${unreadable} of ${size}`);
    const rest = (await drained(after)).map((text) => text?.slice(0, 1));
    assert.deepEqual(rest, ['2', '3', '4']);
    assert.deepEqual([after.held.requests, after.unreadableBytes], [0, unreadable]);
    await after.close();
  });

  test('returns all requests again if the mark is lost', async (t) => {
    const directory = await makeTempDirectory(t);
    const before = await openDiskBuffer({ directory });
    for (const text of ['a', 'b']) await before.append(requestOf('traces', 1, text));
    await before.first();
    await before.removeFirst();
    await before.close();
    await writeFile(join(directory, 'sent'), Buffer.alloc(24, 7));
    const after = await openDiskBuffer({ directory });
    assert.deepEqual(await drained(after), ['a', 'b']);
    await after.close();
  });

  test('frees disk space of sent requests', async (t) => {
    const directory = await makeTempDirectory(t);
    const buffer = await openDiskBuffer({ directory, maxBytes: 1024 * 1024 });
    for (let i = 0; i < 200; i++) {
      await buffer.append(requestOf('traces', 1, 'x'.repeat(20_000)));
      await buffer.first();
      await buffer.removeFirst();
    }
    const sizes = await Promise.all(
      (await segments(directory)).map(async (name) => (await stat(join(directory, name))).size),
    );
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 300_000, `${sizes}`);
    await buffer.close();
  });

  test('names an invalid option', async () => {
    await assert.rejects(
      openDiskBuffer({ directory: '' }),
      /^OptionError: directory: expected the path of a directory, got ""$/,
    );
    await assert.rejects(
      openDiskBuffer({ directory: 'x', maxBytes: 1 }),
      /^OptionError: maxBytes: expected 65536 to 1099511627776, got 1$/,
    );
  });
});

test('a client stores requests on disk while the server is unreachable, and the next client sends them first, in order', async (t) => {
  const directory = await makeTempDirectory(t);
  const sink = await startSink(t);
  sink.handler.response = () => ({ kind: 'retry', afterMillis: undefined, reason: 'away' });
  const clock = createManualClock();
  const start = async () => createClient({ endpoint: sink.url, clock, buffer: await openDiskBuffer({ directory }) });
  const first = await start();
  for (const name of ['a', 'b']) {
    first.record(span(name));
    assert.equal((await first.flush()).kind, 'buffered');
  }
  assert.deepEqual(await first.shutdown(), { kind: 'buffered', items: 2 });
  const attempts = sink.handler.requests.length;
  sink.handler.response = () => ACCEPTED;
  const second = await start();
  second.record(span('c'));
  assert.deepEqual(await second.flush(), { kind: 'flushed' });
  const names = sink
    .spans()
    .slice(attempts)
    .map(({ name }) => name);
  assert.deepEqual(names, ['a', 'b', 'c']);
  await second.shutdown();
});

async function segments(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.journal')).sort();
}
