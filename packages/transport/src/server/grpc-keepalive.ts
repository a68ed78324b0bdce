import { constants, type ServerHttp2Session } from 'node:http2';
import type { Clock } from '../clock.ts';

/** How long connections live and how they are probed; names and defaults are the Collector's (grpc-go's). */
export interface GrpcKeepalive {
  /** A connection without a call for so long is closed. Default never. */
  readonly maxConnectionIdleMillis?: number;
  /** A connection is closed at this age (a tenth more or less), so that clients spread anew. Default never. */
  readonly maxConnectionAgeMillis?: number;
  /** What calls in flight may take beyond that. Default without end. */
  readonly maxConnectionAgeGraceMillis?: number;
  /** A connection is probed this often. Default two hours. */
  readonly timeMillis?: number;
  /** A connection that does not answer a probe within this is cut. Default 20,000. */
  readonly timeoutMillis?: number;
  /** A client that probes more often than this is sent away. Default: it may. */
  readonly minTimeMillis?: number;
}

const TWO_HOURS_MILLIS = 7_200_000;

/** Watches over one connection until it closes. `random` gives a number in [0, 1). */
export function keepAlive(
  session: ServerHttp2Session,
  options: GrpcKeepalive,
  clock: Clock,
  random: () => number = Math.random,
): void {
  const cancels = new Set<() => void>();
  session.on('close', () => {
    for (const cancel of cancels) cancel();
  });
  const after = (millis: number, fn: () => void): (() => void) => {
    const cancel = clock.setTimeout(() => {
      cancels.delete(cancel);
      fn();
    }, millis);
    cancels.add(cancel);
    return () => {
      cancels.delete(cancel);
      cancel();
    };
  };
  probe(session, options, after);
  if (options.maxConnectionAgeMillis !== undefined) {
    const graceMillis = options.maxConnectionAgeGraceMillis;
    after(options.maxConnectionAgeMillis * (0.9 + random() * 0.2), () => {
      if (graceMillis !== undefined) after(graceMillis, () => session.destroy());
      session.close();
    });
  }
  if (options.maxConnectionIdleMillis !== undefined) closeWhenIdle(session, options.maxConnectionIdleMillis, after);
  if (options.minTimeMillis !== undefined) enforcePace(session, options.minTimeMillis, clock);
}

type After = (millis: number, fn: () => void) => () => void;

function probe(session: ServerHttp2Session, options: GrpcKeepalive, after: After): void {
  after(options.timeMillis ?? TWO_HOURS_MILLIS, () => {
    if (session.destroyed || session.closed) return;
    const giveUp = after(options.timeoutMillis ?? 20_000, () => session.destroy());
    session.ping(() => {
      giveUp();
      if (!session.destroyed) probe(session, options, after);
    });
  });
}

function closeWhenIdle(session: ServerHttp2Session, idleMillis: number, after: After): void {
  let open = 0;
  let cancel = after(idleMillis, () => session.close());
  session.on('stream', (stream) => {
    open++;
    cancel();
    stream.on('close', () => {
      open--;
      if (open === 0 && !session.destroyed) cancel = after(idleMillis, () => session.close());
    });
  });
}

/** As grpc-go does: the third probe that comes too early ends the connection. */
function enforcePace(session: ServerHttp2Session, minTimeMillis: number, clock: Clock): void {
  let last = Number.NEGATIVE_INFINITY;
  let strikes = 0;
  session.on('ping', () => {
    const now = clock.now();
    strikes = now - last < minTimeMillis ? strikes + 1 : 0;
    last = now;
    if (strikes > 2) {
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
      session.destroy();
    }
  });
}
