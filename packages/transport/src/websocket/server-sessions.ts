import type { Outcome } from '@otelier/otlp';
import type { Clock } from '../clock.ts';

/** Where a session's acknowledgements go: the connection that continues it now. */
export interface SessionConnection {
  acknowledge(id: number, outcome: Outcome): void;
  /** Another connection continues the session. */
  replaced(): void;
}

/** How much a server remembers of sessions. */
export interface SessionLimits {
  /** Ids of one session: as many as a client may have without acknowledgement. */
  readonly window: number;
  /** Sessions without a connection; the longest forsaken goes first. */
  readonly maxResting: number;
  /** How long a session without a connection is remembered. */
  readonly restMillis: number;
  readonly clock: Clock;
}

/** The sessions of one server, those whose connection was cut among them. */
export class ServerSessions {
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, ServerSession>();
  /** What ends the rest of each session that has no connection, the longest forsaken first. */
  readonly #resting = new Map<ServerSession, () => void>();

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** Continues or begins a session. The subject belongs to its name: nobody continues the session of somebody else. */
  attach(name: string, subject: string | undefined, connection: SessionConnection): ServerSession {
    const key = `${name} ${subject ?? ''}`;
    const session = this.#sessions.get(key) ?? new ServerSession(key, this.#limits.window);
    this.#sessions.set(key, session);
    this.#resting.get(session)?.();
    this.#resting.delete(session);
    const former = session.connection;
    session.connection = connection;
    former?.replaced();
    return session;
  }

  /** A connection has ended; its session rests, unless another connection has taken it over. */
  detach(session: ServerSession, connection: SessionConnection): void {
    if (session.connection !== connection) return;
    session.connection = undefined;
    const { clock, restMillis, maxResting } = this.#limits;
    this.#resting.set(
      session,
      clock.setTimeout(() => this.#forget(session), restMillis),
    );
    const [oldest] = this.#resting.keys();
    if (this.#resting.size > maxResting && oldest !== undefined) this.#forget(oldest);
  }

  /** Forgets everything. */
  end(): void {
    for (const cancel of this.#resting.values()) cancel();
    this.#resting.clear();
    this.#sessions.clear();
  }

  #forget(session: ServerSession): void {
    this.#resting.get(session)?.();
    this.#resting.delete(session);
    this.#sessions.delete(session.key);
  }
}

/** What the server has got of one client, whatever became of the connections on which it came. */
export class ServerSession {
  readonly key: string;
  connection: SessionConnection | undefined;
  /** Requests that are being handled, with their sizes. */
  readonly #pending = new Map<number, number>();
  /** Outcomes of the last requests that were taken, so that they are not taken twice. */
  readonly #taken = new Map<number, Outcome>();
  readonly #window: number;
  #pendingBytes = 0;

  constructor(key: string, window: number) {
    this.key = key;
    this.#window = window;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Bytes of the requests that are being handled. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Whether the request has come before, and what it came to if that is known. */
  recall(id: number): Outcome | 'pending' | undefined {
    return this.#pending.has(id) ? 'pending' : this.#taken.get(id);
  }

  begin(id: number, sizeBytes: number): void {
    this.#pending.set(id, sizeBytes);
    this.#pendingBytes += sizeBytes;
  }

  /** Remembers what was taken, and tells the client if it is there. What was not taken may come again and is forgotten. */
  settle(id: number, outcome: Outcome): void {
    this.#pendingBytes -= this.#pending.get(id) ?? 0;
    this.#pending.delete(id);
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') this.#remember(id, outcome);
    this.connection?.acknowledge(id, outcome);
  }

  #remember(id: number, outcome: Outcome): void {
    this.#taken.set(id, outcome);
    const [oldest] = this.#taken.keys();
    if (this.#taken.size > this.#window && oldest !== undefined) this.#taken.delete(oldest);
  }
}
