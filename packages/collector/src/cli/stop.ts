const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** That the process was asked to stop. */
export interface StopRequest {
  /** Resolves when it is asked once more: whoever asks twice does not want to wait. */
  readonly again: Promise<undefined>;
}

/** Resolves at the first Ctrl-C or SIGTERM. */
export function untilStopped(): Promise<StopRequest> {
  const { promise: again, resolve: askAgain } = Promise.withResolvers<undefined>();
  const { promise: first, resolve: ask } = Promise.withResolvers<StopRequest>();
  let asked = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (asked) askAgain(undefined);
      asked = true;
      ask({ again });
    });
  }
  return first;
}
