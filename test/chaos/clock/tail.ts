/** A subscription to the live tail of a gateway. */
export interface Tail {
  /** Returns the number of log records received. */
  count(): number;
  close(): Promise<void>;
}

/** Opens a live tail. Resolves when it is subscribed. */
export async function openTail(url: string): Promise<Tail> {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/v1/logs/tail`, { signal: abort.signal });
  let count = 0;
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      count += decoder.decode(chunk, { stream: true }).split('event: log').length - 1;
    }
  })().catch((error: unknown) => error);
  return {
    count: () => count,
    async close() {
      abort.abort();
      await ended;
    },
  };
}
