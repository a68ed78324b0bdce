import type { Client } from '../client/client.ts';

interface Watched {
  readonly client: WeakRef<Client>;
  readonly log: (line: string) => void;
  /** Why the latest attempt failed. */
  reason: string;
}

const watched = new Set<Watched>();
/** A program may make clients again and again; of those that are gone nothing is kept. */
const gone = new FinalizationRegistry<Watched>((one) => watched.delete(one));
let isListening = false;

/** Says in one line when the process ends what the client has not sent: else a program whose server is not there ends without a word. */
export function watchLeftOver(client: Client, log: (line: string) => void = console.warn): void {
  if (!isListening) process.once('exit', sayWhatIsLeft);
  isListening = true;
  const one: Watched = { client: new WeakRef(client), log, reason: 'there was no time' };
  watched.add(one);
  gone.register(client, one);
  client.subscribe((event) => {
    if (event.kind === 'retrying') one.reason = event.reason;
  });
}

/** Says it now, for a process that will end without an event. */
export function sayWhatIsLeft(): void {
  for (const { client, log, reason } of watched) {
    const items = Object.values(client.deref()?.health ?? {}).reduce((sum, { queuedItems }) => sum + queuedItems, 0);
    if (items === 0) continue;
    try {
      log(`otelier: ${items} items were not sent before the process ended: ${reason}`);
    } catch {
      // The program's own function must not change how the process ends.
    }
  }
  watched.clear();
}
