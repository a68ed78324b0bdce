import { X509Certificate } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { errorMessage } from '../error-message.ts';
import type { OcspStatus } from './ocsp-response.ts';

/** The OCSP response of a certificate. Times are milliseconds since the Unix epoch. */
export interface OcspState {
  /** `missing` if there is no response that can be used. */
  readonly status: OcspStatus['status'] | 'missing';
  /** URL of the server of the authority. */
  readonly responder: string | undefined;
  readonly producedMillis: number | undefined;
  readonly nextUpdateMillis: number | undefined;
  /** Why there is no newer response. */
  readonly error: string | undefined;
}

/** Options for `OcspStapler`. */
export interface OcspStaplerOptions {
  readonly clock: Clock;
  /** Receives the state of a certificate, by the SHA-256 fingerprint in Node's format, whenever it changes. */
  readonly report: (fingerprint: string, state: OcspState) => void;
  /** Receives why a response cannot be fetched, once for each reason. */
  readonly onError: (error: Error) => void;
  /** Ends the timer that fetches the next response. Without it there is no timer: only handshakes fetch the next one. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a handshake waits for the first response. */
const MAX_WAIT_MILLIS = 3000;
const MIN_REFRESH_MILLIS = 60_000;
/** Responses without a next update are asked for again, and used, that long. */
const NO_UPDATE_MILLIS = 3_600_000;
const FIRST_RETRY_MILLIS = 60_000;
const MAX_RETRY_MILLIS = 3_600_000;
const MIN_TIMER_MILLIS = 1000;
/** Longest time of a timer, because the clock of the system can jump. */
const MAX_TIMER_MILLIS = 3_600_000;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

interface Staple {
  readonly bytes: Buffer;
  readonly state: OcspStatus;
  /** When another one is fetched, and when this one is not presented any more. */
  readonly refreshMillis: number;
  readonly endMillis: number;
}

/** The certificate of a server, and its authority. */
interface Subject {
  readonly certificate: X509Certificate;
  readonly issuer: X509Certificate | undefined;
  readonly responder: string | undefined;
}

/**
 * Fetches the OCSP response of a server's certificate from its authority: the first one at once, and the next one when half of the time to the
 * next update is over, by a timer or by a handshake, which presents the last one meanwhile. A failure keeps the last response until its next
 * update.
 */
export class OcspStapler {
  readonly #options: OcspStaplerOptions;
  #subject: Subject | undefined;
  #staple: Staple | undefined;
  #fetching: Promise<void> | undefined;
  /** On the monotonic clock. */
  #retryMillis = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #error: string | undefined;
  #cancelTimer = (): void => {};

  constructor(options: OcspStaplerOptions) {
    this.#options = options;
    options.signal?.addEventListener('abort', () => this.#cancelTimer(), { once: true });
  }

  /** Sets the certificate: its chain in PEM, `undefined` if there is none yet, and further authorities. */
  update(chain: string | undefined, authorities = ''): void {
    const subject = subjectOf(chain, authorities);
    if (subject?.certificate.fingerprint256 === this.#subject?.certificate.fingerprint256) return;
    this.#subject = subject;
    this.#staple = undefined;
    this.#fetching = undefined;
    this.#failures = 0;
    this.#retryMillis = Number.NEGATIVE_INFINITY;
    this.#error = undefined;
    this.#refresh();
  }

  /** Returns the response for a handshake. It waits for the first one for some seconds. */
  async response(): Promise<Buffer | undefined> {
    if (this.#isDue()) this.#refresh();
    if (!this.#isUsable()) await this.#untilFetched();
    return this.#isUsable() ? this.#staple?.bytes : undefined;
  }

  #isDue(): boolean {
    return this.#staple === undefined || this.#options.clock.now() >= this.#staple.refreshMillis;
  }

  #isUsable(): boolean {
    return this.#staple !== undefined && this.#options.clock.now() < this.#staple.endMillis;
  }

  async #untilFetched(): Promise<void> {
    const fetching = this.#fetching;
    if (fetching === undefined) return;
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.setTimeout(resolve, MAX_WAIT_MILLIS);
    });
    await Promise.race([fetching, late]);
    cancel();
  }

  #refresh(): void {
    const subject = this.#subject;
    if (subject === undefined || this.#fetching !== undefined || this.#options.clock.monotonic() < this.#retryMillis)
      return;
    const fetching = this.#fetch(subject)
      .then(
        (staple) => this.#subject === subject && this.#succeeded(staple),
        (error: unknown) => this.#subject === subject && this.#failed(error),
      )
      .then(() => {
        if (this.#fetching !== fetching) return;
        this.#fetching = undefined;
        this.#schedule();
      });
    this.#fetching = fetching;
  }

  /** Sets the timer for the next response, or for the next attempt after a failure. */
  #schedule(): void {
    const { clock, signal } = this.#options;
    this.#cancelTimer();
    if (signal === undefined || signal.aborted || this.#subject === undefined) return;
    const refreshInMillis = (this.#staple?.refreshMillis ?? 0) - clock.now();
    const delayMillis = Math.max(refreshInMillis, this.#retryMillis - clock.monotonic(), MIN_TIMER_MILLIS);
    const tick = () => {
      if (this.#isDue()) this.#refresh();
      if (this.#fetching === undefined) this.#schedule();
    };
    this.#cancelTimer = clock.setTimeout(tick, Math.min(delayMillis, MAX_TIMER_MILLIS));
  }

  async #fetch({ certificate, issuer, responder }: Subject): Promise<Staple> {
    if (responder === undefined) throw new Error('the certificate names no OCSP server');
    if (issuer === undefined)
      throw new Error('expected the certificate of its authority after it in cert_file, got none');
    const [{ fetchOcsp }, { createOcspRequest }, { verifyOcspResponse }] = await Promise.all([
      import('./fetch-ocsp.ts'),
      import('./ocsp-request.ts'),
      import('./ocsp-response.ts'),
    ]);
    const { clock } = this.#options;
    const bytes = await fetchOcsp(responder, createOcspRequest(certificate, issuer), clock);
    const now = clock.now();
    const state = verifyOcspResponse(bytes, certificate, issuer, now);
    if (state.status === 'unknown') throw new Error('the OCSP server does not know the certificate');
    const endMillis = state.nextUpdateMillis ?? now + NO_UPDATE_MILLIS;
    const half = state.updateMillis + (endMillis - state.updateMillis) / 2;
    return { bytes, state, endMillis, refreshMillis: Math.max(half, now + MIN_REFRESH_MILLIS) };
  }

  #succeeded(staple: Staple): void {
    this.#staple = staple;
    this.#failures = 0;
    this.#retryMillis = Number.NEGATIVE_INFINITY;
    this.#error = undefined;
    this.#report();
    if (staple.state.status === 'revoked') this.#options.onError(new Error('tls.ocsp: the certificate is revoked'));
  }

  /** Keeps the last response, and tries again later. */
  #failed(error: unknown): void {
    const { clock, onError } = this.#options;
    this.#retryMillis = clock.monotonic() + Math.min(FIRST_RETRY_MILLIS * 3 ** this.#failures, MAX_RETRY_MILLIS);
    this.#failures = Math.min(this.#failures + 1, 10);
    const reason = errorMessage(error);
    const isNew = reason !== this.#error;
    this.#error = reason;
    this.#report();
    if (isNew) onError(new Error(`tls.ocsp: ${this.#subject?.responder ?? 'no response'}: ${reason}`));
  }

  #report(): void {
    const subject = this.#subject;
    if (subject === undefined) return;
    const state = this.#isUsable() ? this.#staple?.state : undefined;
    this.#options.report(subject.certificate.fingerprint256, {
      status: state?.status ?? 'missing',
      responder: subject.responder,
      producedMillis: state?.producedMillis,
      nextUpdateMillis: state?.nextUpdateMillis,
      error: this.#error,
    });
  }
}

function subjectOf(chain: string | undefined, authorities: string): Subject | undefined {
  const [certificate, ...others] = [
    ...(chain?.match(CERTIFICATE) ?? []),
    ...(authorities.match(CERTIFICATE) ?? []),
  ].map((pem) => new X509Certificate(pem));
  if (chain === undefined || certificate === undefined) return undefined;
  const issuer = others.find((one) => certificate.checkIssued(one) && certificate.verify(one.publicKey));
  return { certificate, issuer, responder: responderOf(certificate) };
}

/** Returns the URL of the OCSP server that a certificate names. */
function responderOf({ infoAccess }: X509Certificate): string | undefined {
  const [, url = ''] = /^OCSP - URI:(.+)$/m.exec(infoAccess ?? '') ?? [];
  return /^https?:\/\//.test(url) && URL.canParse(url) ? url : undefined;
}
