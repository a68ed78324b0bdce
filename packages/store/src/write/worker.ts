import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadOptions, ToThread } from './protocol.ts';
import { StoreThread } from './store-thread.ts';

// The store thread's entry: messages in, messages out.
if (parentPort === null) throw new Error('the store thread is started by openStore, not by itself');
const port = parentPort;
const thread = new StoreThread(workerData as ThreadOptions, (message) => port.postMessage(message));
port.on('message', (message: ToThread) => thread.handle(message));
