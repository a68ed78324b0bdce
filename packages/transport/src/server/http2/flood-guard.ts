import { type ConnectionError, ERROR_CODE } from '../../http2/frames.ts';
import { Allowance } from './allowance.ts';

/** Bounds what a peer may make us do without sending requests (RFC 9113, 10.5). One a connection. */
export class FloodGuard {
  readonly #frames: Allowance;
  readonly #resets: Allowance;

  constructor(nowMillis: number) {
    this.#frames = new Allowance(FRAME_BURST, FRAMES_PER_SECOND, nowMillis);
    this.#resets = new Allowance(RESET_BURST, RESETS_PER_SECOND, nowMillis);
  }

  /** Counts a frame that brings no request on: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, CONTINUATION, empty DATA, unknown ones. */
  checkFrame(nowMillis: number): ConnectionError | undefined {
    return this.#frames.take(nowMillis) ? undefined : TOO_MANY_FRAMES;
  }

  /**
   * Counts a stream that was reset, by the peer (CVE-2023-44487) or by us for a breach that the peer made us answer so
   * (CVE-2025-8671).
   */
  checkReset(nowMillis: number): ConnectionError | undefined {
    return this.#resets.take(nowMillis) ? undefined : TOO_MANY_RESETS;
  }

  /** A request has been served: clients that probe or adjust windows with each are honest. */
  served(): void {
    this.#frames.earn(FRAMES_PER_REQUEST);
  }
}

const FRAME_BURST = 1000;
const FRAMES_PER_SECOND = 100;
/** grpc-go measures the path with a PING and adjusts a window or two for an answer. */
const FRAMES_PER_REQUEST = 10;
/** A client that gives up all its calls at once is honest; the figures are nghttp2's. */
const RESET_BURST = 1000;
const RESETS_PER_SECOND = 33;

const TOO_MANY_FRAMES: ConnectionError = {
  code: ERROR_CODE.ENHANCE_YOUR_CALM,
  reason: 'too many frames without requests',
};
const TOO_MANY_RESETS: ConnectionError = { code: ERROR_CODE.ENHANCE_YOUR_CALM, reason: 'too many streams were reset' };
