/** What a stream of server-sent events calls back. */
export interface EventStreamHandlers {
  readonly events: Readonly<Record<string, (data: unknown) => void>>;
  readonly onOpen?: () => void;
  /** The connection broke; it is tried again at `retryAtMillis`. */
  readonly onLost?: (retryAtMillis: number) => void;
}

/** A stream that reconnects by itself. */
export interface EventStream {
  /** Tries again at once instead of waiting. */
  retry(): void;
  close(): void;
}

const FIRST_RETRY_MILLIS = 1000;
const LAST_RETRY_MILLIS = 8000;

/**
 * Opens a stream of server-sent events and keeps it open: a broken connection is tried again after 1, 2, 4 and then
 * every 8 seconds. While the page is hidden the stream is closed, because browsers allow only six connections to a
 * host over all tabs.
 */
export function openEventStream(address: string, { events, onOpen, onLost }: EventStreamHandlers): EventStream {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waitMillis = FIRST_RETRY_MILLIS;
  let closed = false;

  const disconnect = (): void => {
    source?.close();
    source = undefined;
    clearTimeout(timer);
  };
  const connect = (): void => {
    disconnect();
    if (closed || document.visibilityState === 'hidden') return;
    source = new EventSource(address);
    source.onopen = () => {
      waitMillis = FIRST_RETRY_MILLIS;
      onOpen?.();
    };
    source.onerror = () => {
      disconnect();
      timer = setTimeout(connect, waitMillis);
      onLost?.(Date.now() + waitMillis);
      waitMillis = Math.min(LAST_RETRY_MILLIS, waitMillis * 2);
    };
    for (const [name, handle] of Object.entries(events)) {
      source.addEventListener(name, (event) => handle(JSON.parse((event as MessageEvent<string>).data)));
    }
  };
  const follow = (): void => (document.visibilityState === 'hidden' ? disconnect() : connect());
  document.addEventListener('visibilitychange', follow);
  connect();

  return {
    retry: connect,
    close: () => {
      closed = true;
      disconnect();
      document.removeEventListener('visibilitychange', follow);
    },
  };
}
