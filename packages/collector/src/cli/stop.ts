const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** A request to stop the process. */
export interface StopRequest {
  /** Resolves on a second signal, which requests a stop without draining. */
  readonly again: Promise<undefined>;
}

/** Resolves on the first SIGINT or SIGTERM. */
export function untilStopped(): Promise<StopRequest> {
  const { promise: again, resolve: resolveAgain } = Promise.withResolvers<undefined>();
  const { promise: first, resolve: resolveFirst } = Promise.withResolvers<StopRequest>();
  let requested = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (requested) resolveAgain(undefined);
      requested = true;
      resolveFirst({ again });
    });
  }
  return first;
}
