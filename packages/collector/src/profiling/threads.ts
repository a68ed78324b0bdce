import { Session } from 'node:inspector/promises';
import type { CpuProfile } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import { takeTurn } from './turn.ts';

/** The CPU profile of a thread. */
export interface ThreadProfile {
  readonly name: string;
  readonly profile: CpuProfile;
}

/** The CPU profiles of the threads of this process. */
export interface ProcessProfile {
  readonly startedMillis: number;
  readonly durationMillis: number;
  readonly threads: readonly ThreadProfile[];
  /** Threads that did not respond, such as those that wait in native code. */
  readonly missingThreads: readonly string[];
}

/** Options for `profileThreads`. */
export interface ProfileOptions {
  readonly millis: number;
  /** Average time between samples. */
  readonly intervalMicros: number;
  readonly clock: Clock;
  /** Ends the profile early. */
  readonly abort: AbortSignal;
}

/** Time for a thread to return its profile. */
const REPLY_MILLIS = 3_000;

/** Sends commands of the inspector's protocol to a thread. */
type Post = (method: string, parameters?: object) => Promise<unknown>;

/**
 * Profiles the CPU usage of all threads for a given time. Threads of the process are found and profiled through the
 * inspector, so that they need no code for it. Throws a `ProfilerBusyError` while another profile is made.
 */
export async function profileThreads({
  millis,
  intervalMicros,
  clock,
  abort,
}: ProfileOptions): Promise<ProcessProfile> {
  const end = takeTurn();
  const session = new Session();
  session.connect();
  try {
    const threads: { readonly name: string; readonly post: Post; readonly started: Promise<unknown> }[] = [];
    const start = (name: string, post: Post) => threads.push({ name, post, started: startIn(post, intervalMicros) });
    start('main', (method, parameters) => session.post(method, parameters));
    await attachToWorkers(session, start);
    const startedMillis = clock.now();
    const startMonotonic = clock.monotonic();
    await sleep(millis, clock, abort);
    const durationMillis = clock.monotonic() - startMonotonic;
    const results = await Promise.all(
      threads.map(async ({ name, post, started }) => {
        const stopped = started.then(() => post('Profiler.stop')) as Promise<{ readonly profile: CpuProfile }>;
        const reply = await within(REPLY_MILLIS, stopped, clock);
        return { name, profile: reply?.profile };
      }),
    );
    return {
      startedMillis,
      durationMillis,
      threads: results.flatMap(({ name, profile }) => (profile === undefined ? [] : [{ name, profile }])),
      missingThreads: results.flatMap(({ name, profile }) => (profile === undefined ? [name] : [])),
    };
  } finally {
    session.disconnect();
    end();
  }
}

async function startIn(post: Post, interval: number): Promise<void> {
  await post('Profiler.enable');
  await post('Profiler.setSamplingInterval', { interval });
  await post('Profiler.start');
}

interface AttachedToWorker {
  readonly params: {
    readonly sessionId: string;
    readonly workerInfo: { readonly title: string; readonly url: string };
  };
}

interface ReceivedMessage {
  readonly params: { readonly sessionId: string; readonly message: string };
}

/** Calls `onWorker` for each worker thread, also for those that start later. */
async function attachToWorkers(session: Session, onWorker: (name: string, post: Post) => void): Promise<void> {
  const pending = new Map<string, { resolve(result: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }: AttachedToWorker) => {
    onWorker(nameOf(workerInfo), (method, params = {}) => {
      const id = ++lastId;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      pending.set(`${sessionId} ${id}`, { resolve, reject });
      const message = JSON.stringify({ id, method, params });
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(reject);
      return promise;
    });
  });
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }: ReceivedMessage) => {
    const { id, result, error } = JSON.parse(message);
    const key = `${sessionId} ${id}`;
    const waiting = pending.get(key);
    pending.delete(key);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  });
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
}

/** Returns the name that the thread was started with, or that of its module. */
function nameOf({ title, url }: { readonly title: string; readonly url: string }): string {
  const name = title.replace(/^\[worker \d+\] */, '');
  return name === '' || name === 'WorkerThread' ? url.split('/').slice(-2).join('/') || title : name;
}

function sleep(millis: number, clock: Clock, abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.setTimeout(resolve, millis);
    abort.addEventListener(
      'abort',
      () => {
        cancel();
        resolve();
      },
      { once: true },
    );
  });
}

/** Returns the result of a promise, or `undefined` if it takes too long or rejects, as that of a thread that has ended. */
async function within<T>(millis: number, promise: Promise<T>, clock: Clock): Promise<T | undefined> {
  const { promise: expired, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.setTimeout(() => resolve(undefined), millis);
  try {
    return await Promise.race([promise.catch(() => undefined), expired]);
  } finally {
    cancel();
  }
}
