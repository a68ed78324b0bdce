/** Spans that are sent until the server closes. */
interface SentSpans {
  untilAccepted(count: number): Promise<void>;
  /** Returns the number of acknowledged spans. */
  end(): Promise<number>;
}

/** Sends requests of one span from four connections at a time, until the server closes. */
export function sendSpans(): SentSpans {
  let accepted = 0;
  let next = 0;
  let isClosed = false;
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const send = async () => {
    while (!isClosed) {
      const id = (++next).toString(16).padStart(16, '0');
      const times = { startTimeUnixNano: `${Date.now()}000000`, endTimeUnixNano: `${Date.now()}000000` };
      const span = { traceId: `${id}${id}`, spanId: id, name: 'GET /', kind: 2, ...times };
      const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
      const headers = { 'content-type': 'application/json' };
      try {
        const response = await fetch('http://127.0.0.1:4318/v1/traces', { method: 'POST', headers, body });
        if (response.status === 200) accepted++;
        await response.arrayBuffer();
      } catch {
        isClosed = true;
      }
      for (const { count, resolve } of waiting) if (accepted >= count || isClosed) resolve();
    }
  };
  const senders = [send(), send(), send(), send()];
  return {
    untilAccepted: (count) => new Promise((resolve) => waiting.push({ count, resolve })),
    async end() {
      isClosed = true;
      await Promise.all(senders);
      return accepted;
    },
  };
}
