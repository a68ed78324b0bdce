import { parentPort, workerData } from 'node:worker_threads';
import { returnMemoryWhenIdle } from '../idle-memory.ts';
import type { ThreadOptions, ToThread } from './protocol.ts';
import { StoreThread } from './store-thread.ts';

// The entry point of the store thread, which exchanges messages with the main thread.
if (parentPort === null) throw new Error('the store thread is started by openStore, not by itself');
const port = parentPort;
const thread = new StoreThread(workerData as ThreadOptions, (message) => port.postMessage(message));
port.on('message', (message: ToThread) => thread.handle(message));
returnMemoryWhenIdle();
