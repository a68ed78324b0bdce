// Preloaded into a process under test: SIGUSR2 makes all its threads collect their garbage, so that memory can be measured.
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
  });
} else {
  channel.onmessage = () => collect();
}
