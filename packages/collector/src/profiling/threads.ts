import { Session } from 'node:inspector/promises';
import type { CpuProfile } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import { takeTurn } from './turn.ts';

/** The CPU profile of a thread. */
export interface ThreadProfile {
  readonly name: string;
  readonly profile: CpuProfile;
}

/** What was recorded in the threads of this process. */
export interface ThreadRecords<Result> {
  readonly startedMillis: number;
  readonly durationMillis: number;
  readonly threads: readonly { readonly name: string; readonly result: Result }[];
  /** Threads that did not respond, such as those that wait in native code. */
  readonly missingThreads: string[];
}

/** The CPU profiles of the threads of this process. */
export interface ProcessProfile extends Omit<ThreadRecords<CpuProfile>, 'threads'> {
  readonly threads: readonly ThreadProfile[];
}

/** Options for `recordThreads`. */
export interface RecordOptions {
  readonly millis: number;
  readonly clock: Clock;
  /** Ends the profile early. */
  readonly abort: AbortSignal;
}

/** Time for a thread to return its profile. */
const REPLY_MILLIS = 3_000;

/** Sends commands of the inspector's protocol to a thread. */
type Post = (method: string, parameters?: object) => Promise<unknown>;

/** Starts and stops a profile in a thread. */
export interface Recorder<Result> {
  start(post: Post): Promise<void>;
  stop(post: Post): Promise<Result>;
}

/** Profiles the CPU usage of all threads for a given time. */
export async function profileThreads({
  intervalMicros,
  ...options
}: RecordOptions & {
  /** Average time between samples. */
  readonly intervalMicros: number;
}): Promise<ProcessProfile> {
  const { threads, ...rest } = await recordThreads(options, cpuRecorder(intervalMicros));
  return { ...rest, threads: threads.map(({ name, result }) => ({ name, profile: result })) };
}

/** Records CPU profiles. */
export function cpuRecorder(interval: number): Recorder<CpuProfile> {
  return {
    async start(post) {
      await post('Profiler.enable');
      await post('Profiler.setSamplingInterval', { interval });
      await post('Profiler.start');
    },
    stop: async (post) => ((await post('Profiler.stop')) as { readonly profile: CpuProfile }).profile,
  };
}

/**
 * Records something in all threads for a given time. Threads of the process are found and recorded through the
 * inspector, so that they need no code for it. Throws a `ProfilerBusyError` while another profile is made.
 */
export async function recordThreads<Result>(
  { millis, clock, abort }: RecordOptions,
  recorder: Recorder<Result>,
): Promise<ThreadRecords<Result>> {
  const end = takeTurn();
  const session = new Session();
  session.connect();
  try {
    const threads: { readonly name: string; readonly post: Post; readonly started: Promise<unknown> }[] = [];
    const start = (name: string, post: Post) => threads.push({ name, post, started: recorder.start(post) });
    start('main', (method, parameters) => session.post(method, parameters));
    await attachToWorkers(session, start);
    const startedMillis = clock.now();
    const startMonotonic = clock.monotonic();
    await sleep(millis, clock, abort);
    const durationMillis = clock.monotonic() - startMonotonic;
    const results = await Promise.all(
      threads.map(async ({ name, post, started }) => {
        const stopped = started.then(() => recorder.stop(post));
        return { name, result: await within(REPLY_MILLIS, stopped, clock) };
      }),
    );
    return {
      startedMillis,
      durationMillis,
      threads: results.flatMap(({ name, result }) => (result === undefined ? [] : [{ name, result }])),
      missingThreads: results.flatMap(({ name, result }) => (result === undefined ? [name] : [])),
    };
  } finally {
    session.disconnect();
    end();
  }
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
