/** Callbacks of an event stream. */
export interface EventStreamHandlers {
  readonly events: Readonly<Record<string, (data: unknown) => void>>;
  readonly onOpen?: () => void;
  /** Called when the connection breaks. The next attempt is made at `retryAtMillis`. */
  readonly onLost?: (retryAtMillis: number) => void;
}

/** An event stream that reconnects automatically. */
export interface EventStream {
  /** Reconnects immediately. */
  retry(): void;
  close(): void;
}

const FIRST_RETRY_MILLIS = 1000;
const LAST_RETRY_MILLIS = 8000;

/**
 * Opens a stream of server-sent events. A broken connection is retried after 1, 2, 4 and then every 8 seconds. The
 * stream is closed while the page is hidden, because browsers allow only six connections per host across all tabs.
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
