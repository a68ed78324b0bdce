import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { startSink } from '../sink.testing.ts';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Child {
  kill(signal: NodeJS.Signals): void;
  /** Resolves once the program has printed the line. */
  untilPrinted(line: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Starts a program with a client that sends nothing by itself for a minute. */
function start(endpoint: string, program: string): Child {
  const source = `
    import { createClient, span } from ${JSON.stringify(import.meta.resolve('../node.ts'))};
    const batch = { maxDelayMillis: 60_000 };
    const client = createClient({ endpoint: '${endpoint}', batch, timeoutMillis: 500, log() {} });
    const stayAlive = () => setInterval(() => {}, 60_000);
    client.record(span('last'));
    ${program}`;
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled };
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { env });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  return {
    kill: (signal) => void child.kill(signal),
    async untilPrinted(line) {
      while (!output.stdout.includes(`${line}\n`)) {
        assert.equal(child.exitCode, null, output.stderr);
        await once(child.stdout, 'data');
      }
    },
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal, ...output })),
  };
}

/** Starts an endpoint that accepts connections and never responds. */
async function startBlackHole(t: TestContext): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => {}));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The compile cache shared by the programs, which spend most of their time on startup. */
let compiled: string;
before(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'otelier-compiled-'));
});
after(() => rm(compiled, { recursive: true }));

describe('a process that ends', { concurrency: 3 }, () => {
  /** Programs that exit by themselves, with the exit code that Node has without the library. */
  const ENDINGS: readonly (readonly [name: string, program: string, code: number])[] = [
    ['with nothing left to do', '', 0],
    ['with nothing left to do and its own exit code', 'process.exitCode = 3;', 3],
    ['by an exception', `stayAlive(); setImmediate(() => { throw new Error('boom'); });`, 1],
    ['by the rejection of a promise', `stayAlive(); void Promise.reject(new Error('boom'));`, 1],
  ];
  for (const [name, program, code] of ENDINGS) {
    test(`sends recorded telemetry, and exits as without the library: ${name}`, async (t) => {
      const sink = await startSink(t);
      const ended = await start(sink.url, program).ended;
      assert.deepEqual([ended.code, ended.signal], [code, null], ended.stderr);
      assert.deepEqual(
        sink.spans().map(({ name }) => name),
        ['last'],
      );
      assert.equal(ended.stderr.includes('Error: boom'), code === 1, ended.stderr);
    });
  }

  test('sends telemetry that other beforeExit listeners record', async (t) => {
    const sink = await startSink(t);
    const ended = await start(
      sink.url,
      `let isLate = false;
      process.on('beforeExit', () => {
        if (!isLate) setTimeout(() => client.record(span('late')), 1);
        isLate = true;
      });`,
    ).ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(
      sink.spans().map(({ name }) => name),
      ['last', 'late'],
    );
  });

  for (const signal of SIGNALS) {
    test(`sends recorded telemetry, and ends by the signal: ${signal}`, async (t) => {
      const sink = await startSink(t);
      const child = start(sink.url, `stayAlive(); console.log('ready');`);
      await child.untilPrinted('ready');
      child.kill(signal);
      const ended = await child.ended;
      assert.deepEqual([ended.code, ended.signal], [null, signal], ended.stderr);
      assert.equal(sink.spans().length, 1);
    });

    test(`leaves a signal to the program's own listener: ${signal}`, async (t) => {
      const sink = await startSink(t);
      const program = `
        const timer = stayAlive();
        process.once('${signal}', () => {
          console.log('listeners: ' + process.listenerCount('${signal}'));
          setTimeout(() => { console.log('tidied up'); clearInterval(timer); process.exitCode = 7; }, 100);
        });
        console.log('ready');`;
      const child = start(sink.url, program);
      await child.untilPrinted('ready');
      child.kill(signal);
      const ended = await child.ended;
      assert.deepEqual([ended.code, ended.signal], [7, null], ended.stderr);
      assert.match(ended.stdout, /tidied up/);
      assert.equal(sink.spans().length, 1);
    });
  }

  /** Listeners that end the process only if there is no other listener. */
  const CAREFUL: Readonly<Record<string, string>> = {
    'counts, and leaves': `
      if (process.listenerCount('SIGTERM') !== 1) return;
      process.off('SIGTERM', listener);
      process.kill(process.pid, 'SIGTERM');`,
    'leaves, and counts a little later': `
      process.off('SIGTERM', listener);
      setTimeout(() => process.listenerCount('SIGTERM') === 0 && process.kill(process.pid, 'SIGTERM'), 50);`,
  };
  for (const [name, body] of Object.entries(CAREFUL)) {
    test(`hides its listeners from a listener that ${name}`, async (t) => {
      const sink = await startSink(t);
      const program = `
        stayAlive();
        const listener = () => { ${body} };
        process.on('SIGTERM', listener);
        console.log('ready');`;
      const child = start(sink.url, program);
      await child.untilPrinted('ready');
      child.kill('SIGTERM');
      assert.equal((await child.ended).signal, 'SIGTERM');
    });
  }

  test('has no listeners of clients that were shut down', async (t) => {
    const sink = await startSink(t);
    const program = `
      const others = (event) => process.listenerCount(event) - (event.endsWith('Listener') ? 1 : 0);
      const count = () => ['SIGTERM', 'SIGINT', 'uncaughtException', 'beforeExit', 'newListener'].map(others).join();
      const second = createClient();
      await client.shutdown();
      console.log(count());
      await second.shutdown();
      console.log(count());`;
    assert.equal((await start(sink.url, program).ended).stdout, '1,1,1,1,1\n0,0,0,0,0\n');
  });

  test('that survives a signal, as the first process of a container does, sends on the next one too', async (t) => {
    const sink = await startSink(t);
    const program = `
      process.kill = () => console.log('sent ' + client.health.traces.sentItems);
      process.on('newListener', (event) => event === 'SIGTERM' && console.log('listening again'));
      stayAlive();
      console.log('ready');`;
    const child = start(sink.url, program);
    await child.untilPrinted('ready');
    child.kill('SIGTERM');
    await child.untilPrinted('sent 1');
    await child.untilPrinted('listening again');
    child.kill('SIGTERM');
    await child.untilPrinted('sent 1\nlistening again\nsent 1');
    child.kill('SIGKILL');
  });

  test("leaves exceptions to the program's own listener", async (t) => {
    const sink = await startSink(t);
    const program = `
      process.on('uncaughtException', ({ message }) => console.log('caught ' + message));
      setImmediate(() => { throw new Error('boom'); });`;
    const ended = await start(sink.url, program).ended;
    assert.deepEqual([ended.code, ended.stdout], [0, 'caught boom\n'], ended.stderr);
    assert.equal(sink.spans().length, 1);
  });

  test('by process.exit cannot send, and keeps its exit code', async (t) => {
    const sink = await startSink(t);
    assert.equal((await start(sink.url, 'process.exit(5);').ended).code, 5);
    assert.equal(sink.spans().length, 0);
  });

  /**
   * With an unreachable endpoint, the remaining telemetry is lost, but the process still ends as it would without the
   * library.
   */
  const BOUNDS: readonly (readonly [name: string, program: string, ended: readonly unknown[], maxMillis: number])[] = [
    ['nothing is left to do', '', [0, null], 500],
    ['a signal', `stayAlive(); process.kill(process.pid, 'SIGTERM');`, [null, 'SIGTERM'], 5_000],
    ['an exception', `stayAlive(); setImmediate(() => { throw new Error('boom'); });`, [1, null], 2_000],
  ];
  for (const [name, program, [code, signal], maxMillis] of BOUNDS) {
    test(`ends in bounded time while the endpoint does not respond: ${name}`, async (t) => {
      const child = start(await startBlackHole(t), `console.log('ready'); ${program}`);
      await child.untilPrinted('ready');
      const begun = performance.now();
      const ended = await child.ended;
      assert.deepEqual([ended.code, ended.signal], [code, signal], ended.stderr);
      const millis = performance.now() - begun;
      // Without a limit, it would take minutes. The rest is tolerance for busy machines.
      assert.ok(millis < maxMillis + 100_000, `${millis} ms`);
    });
  }

  /** On a busy machine, the time limit may expire before the connection is refused. */
  const REFUSED = /connect ECONNREFUSED|no time left|within \d+ ms/;
  const LEFT_OVER: readonly (readonly [name: string, program: string, why: RegExp])[] = [
    ['by itself', '', REFUSED],
    ['by a signal', `stayAlive(); process.kill(process.pid, 'SIGINT');`, REFUSED],
    ['by an exception', `setImmediate(() => { throw new Error('boom'); });`, REFUSED],
    ['by process.exit', 'process.exit(5);', /no time left/],
  ];
  for (const [name, program, why] of LEFT_OVER) {
    test(`logs once what could not be sent: ${name}`, async (t) => {
      const sink = await startSink(t);
      const loud = `
        const loud = createClient({ endpoint: 'http://127.0.0.1:1', batch, timeoutMillis: 500 });
        loud.record(span('a'));
        loud.record(span('b'));
        ${program}`;
      const { stderr } = await start(sink.url, loud).ended;
      const lines = stderr.split('\n').filter((line) => line.startsWith('otelier: '));
      assert.equal(lines.length, 1, stderr);
      assert.match(lines[0] ?? '', /^otelier: process ended with 2 unsent items: /);
      assert.match(lines[0] ?? '', why);
    });
  }

  test('ends immediately on a second signal', async (t) => {
    const child = start(await startBlackHole(t), `stayAlive(); console.log('ready');`);
    await child.untilPrinted('ready');
    child.kill('SIGTERM');
    // The signal is sent repeatedly, because the first one may not have been handled yet.
    const again = setInterval(() => child.kill('SIGINT'), 50);
    t.after(() => clearInterval(again));
    // If the process had waited for the flush, the first signal would have ended it.
    assert.equal((await child.ended).signal, 'SIGINT');
  });
});
