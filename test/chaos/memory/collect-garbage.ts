// Preloaded into a process under test: SIGUSR2 makes all its threads collect their garbage, so that memory can be measured,
// and the main thread print its resident memory.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const channel = new BroadcastChannel('collect garbage');
channel.unref();
if (isMainThread) {
  process.on('SIGUSR2', () => {
    channel.postMessage('now');
    collect();
    // The native memory of what was collected is freed in the next turns of the event loop.
    setImmediate(() => {
      collect();
      process.stderr.write(`resident after collection: ${process.memoryUsage.rss()}\n`);
    });
  });
} else {
  channel.onmessage = () => collect();
}
