import { parentPort, workerData } from 'node:worker_threads';
import { returnMemoryWhenIdle } from '../idle-memory.ts';
import type { ThreadOptions, ToThread } from './protocol.ts';
import { machineClock } from './store-clock.ts';
import { StoreThread } from './store-thread.ts';

// The entry point of the store thread, which exchanges messages with the main thread.
if (parentPort === null) throw new Error('the store thread is started by openStore, not by itself');
const port = parentPort;
const options = workerData as ThreadOptions;
const { keys } = options;
const encryption =
  keys === undefined ? undefined : new (await import('../encryption/store-encryption.ts')).StoreEncryption(keys);
const thread = new StoreThread(options, (message) => port.postMessage(message), machineClock, encryption);
port.on('message', (message: ToThread) => thread.handle(message));
returnMemoryWhenIdle();
