/** Programs for threads under test, started by `sharing.test.ts`. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  LoggerProvider,
  log,
  MeterProvider,
  type RemoteClientOptions,
  remoteClient,
  span,
  TracerProvider,
} from '../node.ts';

/** The data passed to a thread. */
export interface Task {
  readonly port: MessagePort;
  readonly program: keyof typeof PROGRAMS;
  readonly options?: Pick<RemoteClientOptions, 'batch' | 'queue'>;
}

const { port, program, options } = workerData as Task;
const resource = { 'service.name': 'worker' };
const client = remoteClient(port, { ...options, resource, log: () => {} });

const PROGRAMS = {
  /** Uses all providers and shuts them down in order. */
  async providers() {
    const tracers = new TracerProvider({ client });
    const meters = new MeterProvider({ client });
    const loggers = new LoggerProvider({ client });
    tracers.getTracer('shop').startSpan('GET /cart').end();
    meters.getMeter('shop').createCounter('requests').add(3);
    loggers.getLogger('shop').emit({ body: 'no price' });
    for (const provider of [tracers, meters, loggers]) await provider.shutdown();
    return client.health;
  },
  /** Sends items and returns the outcomes. */
  async sends() {
    const outcomes = [
      await client.send(span('a')),
      await client.send([span('b'), span('c')]),
      await client.send(log('d')),
    ];
    return [outcomes, client.health];
  },
  /** Records more items than can be in flight and exits without waiting. */
  async endsByItself() {
    for (let i = 0; i < 100; i++) client.record(span(`span ${i}`));
  },
  /** Records more items than the queue can hold. */
  async overflows() {
    for (let i = 0; i < 5_000; i++) client.record(span(`span ${i}`));
    await client.flush(100);
    parentPort?.postMessage(client.health);
    await client.flush();
    return client.health;
  },
  /** Records until it is terminated. */
  async goesOn() {
    for (let i = 0; ; i++) {
      client.record(span(`span ${i}`));
      if (i % 10 === 0) await client.flush();
    }
  },
};

const result = await PROGRAMS[program]();
if (result !== undefined) parentPort?.postMessage(result);
