import { type ConnectionError, ERROR_CODE } from '../../http2/frames.ts';
import { RateLimit } from './rate-limit.ts';

/** Limits the work that a peer can cause without sending requests (RFC 9113, 10.5). Each connection has its own. */
export class FloodGuard {
  readonly #frames: RateLimit;
  readonly #resets: RateLimit;

  constructor(nowMillis: number) {
    this.#frames = new RateLimit(FRAME_BURST, FRAMES_PER_SECOND, nowMillis);
    this.#resets = new RateLimit(RESET_BURST, RESETS_PER_SECOND, nowMillis);
  }

  /**
   * Counts a frame that does not advance a request: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, CONTINUATION, empty DATA
   * and unknown types.
   */
  checkFrame(nowMillis: number): ConnectionError | undefined {
    return this.#frames.take(nowMillis) ? undefined : TOO_MANY_FRAMES;
  }

  /**
   * Counts a stream reset by the peer (CVE-2023-44487), or by the server because of a protocol violation
   * (CVE-2025-8671).
   */
  checkReset(nowMillis: number): ConnectionError | undefined {
    return this.#resets.take(nowMillis) ? undefined : TOO_MANY_RESETS;
  }

  /** Adds credit for a served request, because clients legitimately ping or update windows with each one. */
  served(): void {
    this.#frames.earn(FRAMES_PER_REQUEST);
  }
}

const FRAME_BURST = 1000;
const FRAMES_PER_SECOND = 100;
/** grpc-go estimates bandwidth with a PING and updates one or two windows per response. */
const FRAMES_PER_REQUEST = 10;
/** A client may legitimately cancel all its calls at once. The values are nghttp2's. */
const RESET_BURST = 1000;
const RESETS_PER_SECOND = 33;

const TOO_MANY_FRAMES: ConnectionError = {
  code: ERROR_CODE.ENHANCE_YOUR_CALM,
  reason: 'too many frames without requests',
};
const TOO_MANY_RESETS: ConnectionError = { code: ERROR_CODE.ENHANCE_YOUR_CALM, reason: 'too many streams were reset' };
