/**
 * Flushes when the operating system asks the process to end, and ends it then as if nobody had listened, unless others do: they
 * decide. The result takes that back.
 */
export function flushOnSignals(
  signals: readonly NodeJS.Signals[],
  flush: (timeoutMillis: number) => Promise<unknown>,
): () => void {
  const stop = () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  async function onSignal(signal: NodeJS.Signals): Promise<void> {
    // A second signal ends the process at once.
    stop();
    await flush(LONGEST_FLUSH_MILLIS);
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  }
  for (const signal of signals) process.on(signal, onSignal);
  return stop;
}

/** Whoever stops processes seldom waits longer. */
const LONGEST_FLUSH_MILLIS = 5_000;
