import { closeSync, openSync } from 'node:fs';
import { systemClock } from '@otelier/transport/clock';
import { configFilesOf } from '../../config/files.ts';
import { watchFiles } from '../../service/reload/watch-files.ts';
import type { Service } from '../../service/service.ts';

/** Reloads the configuration of a service at SIGHUP, and with `watch` when its files change. Returns a function that ends it. */
export function reloadOnRequest(service: Service, uris: readonly string[], watch: boolean): () => void {
  const reload = (trigger: 'signal' | 'watch') => {
    service.host.configuration?.reload({ trigger }).catch((error: unknown) => {
      service.logger.error({ err: error }, 'reload failed: this is a bug');
    });
  };
  const onSignal = () => {
    // The system sends the same signal when a terminal is closed.
    if (process.stdin.isTTY && !hasTerminal()) process.kill(process.pid, 'SIGTERM');
    else reload('signal');
  };
  process.on('SIGHUP', onSignal);
  const stopWatching = watch
    ? watchFiles(configFilesOf(uris), {
        clock: systemClock,
        changed: () => reload('watch'),
        missing: (file) => service.logger.warn({ file }, 'configuration file missing, keeping the configuration'),
      })
    : () => {};
  return () => {
    process.removeListener('SIGHUP', onSignal);
    stopWatching();
  };
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
