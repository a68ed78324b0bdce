import type { Outcome } from '@otelier/otlp';
import type { Clock } from '../clock.ts';

/** Receives a session's acknowledgments: its current connection. */
export interface SessionConnection {
  acknowledge(id: number, outcome: Outcome): void;
  /** Called when another connection continues the session. */
  replaced(): void;
}

/** The sender that a session belongs to. */
export interface SessionOwner {
  readonly subject: string | undefined;
  readonly tenant?: string | undefined;
}

/** Limits on remembered sessions. */
export interface SessionLimits {
  /** Maximum number of IDs per session: the window of unacknowledged requests. */
  readonly window: number;
  /** Maximum number of sessions without a connection. The oldest is dropped first. */
  readonly maxDisconnected: number;
  /** How long a session without a connection is retained. */
  readonly keepMillis: number;
  readonly clock: Clock;
}

/** The sessions of one server, including disconnected ones. */
export class ServerSessions {
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, ServerSession>();
  /** Functions that cancel the expiry of disconnected sessions, oldest first. */
  readonly #disconnected = new Map<ServerSession, () => void>();

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** Resumes or starts a session. The sender is part of its key, so only the same subject and tenant can resume it. */
  attach(name: string, { subject, tenant }: SessionOwner, connection: SessionConnection): ServerSession {
    const key = `${name} ${tenant ?? ''} ${subject ?? ''}`;
    const session = this.#sessions.get(key) ?? new ServerSession(key, this.#limits.window);
    this.#sessions.set(key, session);
    this.#disconnected.get(session)?.();
    this.#disconnected.delete(session);
    const previous = session.connection;
    session.connection = connection;
    previous?.replaced();
    return session;
  }

  /** Handles the end of a connection. The session is retained, unless another connection has resumed it. */
  detach(session: ServerSession, connection: SessionConnection): void {
    if (session.connection !== connection) return;
    session.connection = undefined;
    const { clock, keepMillis, maxDisconnected } = this.#limits;
    this.#disconnected.set(
      session,
      clock.setTimeout(() => this.#forget(session), keepMillis),
    );
    const [oldest] = this.#disconnected.keys();
    if (this.#disconnected.size > maxDisconnected && oldest !== undefined) this.#forget(oldest);
  }

  /** Drops all sessions. */
  end(): void {
    for (const cancel of this.#disconnected.values()) cancel();
    this.#disconnected.clear();
    this.#sessions.clear();
  }

  #forget(session: ServerSession): void {
    this.#disconnected.get(session)?.();
    this.#disconnected.delete(session);
    this.#sessions.delete(session.key);
  }
}

/** The requests received from one client, independent of its connections. */
export class ServerSession {
  readonly key: string;
  connection: SessionConnection | undefined;
  /** Sizes of the requests in flight, by ID. */
  readonly #pending = new Map<number, number>();
  /** Outcomes of the most recently accepted requests, so that none is accepted twice. */
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

  /** Total size of the requests in flight. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Returns the outcome of a request, `pending` if it is in flight, or `undefined` if it was never received. */
  recall(id: number): Outcome | 'pending' | undefined {
    return this.#pending.has(id) ? 'pending' : this.#taken.get(id);
  }

  begin(id: number, sizeBytes: number): void {
    this.#pending.set(id, sizeBytes);
    this.#pendingBytes += sizeBytes;
  }

  /**
   * Records the outcome of an accepted request, and sends it if the client is connected. Rejected requests are not
   * recorded, because they may be resent.
   */
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
