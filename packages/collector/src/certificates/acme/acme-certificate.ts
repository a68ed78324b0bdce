import { X509Certificate } from 'node:crypto';
import { DirectoryLockedError } from '@otelier/journal';
import type { Clock } from '@otelier/transport/clock';
import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import type { HttpRequestOptions } from '../../component/http/http-request.ts';
import { wait } from '../wait.ts';
import { type AccountOptions, openAccount } from './account.ts';
import { AcmeError } from './acme-error.ts';
import type { ChallengeServer } from './challenges.ts';
import { AcmeConnection } from './connection.ts';
import { type IssueOptions, issueCertificate, missingNames } from './issue-certificate.ts';
import type { Signer } from './jws.ts';
import { planRenewal, type Renewal, renewalId } from './renewal.ts';
import { StateDirectory } from './state-directory.ts';

/** Options for `AcmeCertificate`. */
export interface AcmeCertificateOptions extends AccountOptions, Pick<IssueOptions, 'names' | 'keyType' | 'profile'> {
  readonly directory: string;
  readonly directoryUrl: string;
  readonly tls: HttpRequestOptions['tls'];
  /** Time before the expiry at which it is renewed. Default: as the authority suggests. */
  readonly renewBeforeMillis: number | undefined;
  readonly challenges: ChallengeServer;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Reports why there is no certificate, or why it is not renewed; `undefined` when it is. */
  reportStatus(status: string | undefined): void;
}

/** What an ACME client has done, and does next. Times are milliseconds since the Unix epoch. */
export interface AcmeState {
  readonly names: readonly string[];
  readonly authority: string;
  readonly file: string;
  /** `waiting` if another process has the directory, and renews the certificate. */
  readonly phase: 'issuing' | 'issued' | 'failed' | 'waiting';
  readonly issuedMillis: number | undefined;
  readonly renewalMillis: number | undefined;
  readonly error: string | undefined;
}

/** How often a process that does not have the lock tries to get it. */
const LOCK_MILLIS = 30_000;
/** Longest time between two checks: the clock of the system can jump, and a command can revoke the certificate. */
const MAX_WAIT_MILLIS = 300_000;
const FIRST_RETRY_MILLIS = 60_000;
const MAX_RETRY_MILLIS = 6 * 3_600_000;

/** Obtains a certificate, stores it in a directory, and renews it, until it is shut down. */
export class AcmeCertificate {
  readonly #options: AcmeCertificateOptions;
  readonly #state: StateDirectory;
  readonly #stop = new AbortController();
  readonly #connection: AcmeConnection;
  #signer: Signer | undefined;
  #running: Promise<void> | undefined;
  #hasChallenges = false;
  #renewal: Renewal | undefined;
  /** The certificate for which the renewal is planned. */
  #planned: string | undefined;
  #failures = 0;
  #phase: AcmeState['phase'] = 'issuing';
  #issuedMillis: number | undefined;
  #error: string | undefined;

  constructor(options: AcmeCertificateOptions) {
    this.#options = options;
    this.#state = new StateDirectory(options.directory);
    const { directoryUrl, tls, clock } = options;
    this.#connection = new AcmeConnection({ directoryUrl, tls, clock, signal: this.#stop.signal });
  }

  /** Starts to obtain the certificate. It does not wait for it. */
  start(): void {
    this.#running = this.#run();
  }

  async shutdown(): Promise<void> {
    this.#stop.abort(new Error('the service stops'));
    await this.#running;
    if (this.#hasChallenges) await this.#options.challenges.shutdown();
    this.#state.unlock();
  }

  get progress(): Pick<AcmeState, 'phase' | 'issuedMillis' | 'renewalMillis' | 'error'> {
    const renewalMillis = this.#renewal?.atMillis;
    return { phase: this.#phase, issuedMillis: this.#issuedMillis, renewalMillis, error: this.#error };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const delayMillis = await this.#step().catch((error: unknown) => this.#failed(error));
        await wait(this.#options.clock, delayMillis, signal);
      } catch {
        // Only the shutdown ends a wait.
      }
    }
  }

  /** Does what is due, and returns after how many milliseconds the next step is. */
  async #step(): Promise<number> {
    const { clock, names } = this.#options;
    if (!(await this.#lock())) return LOCK_MILLIS;
    const current = this.#current();
    if (current !== undefined && missingNames(current, names).length === 0 && !this.#isRevoked(current)) {
      const { atMillis, checkAtMillis } = await this.#plan(current);
      const nowMillis = clock.now();
      if (nowMillis < atMillis) {
        this.#succeeded();
        return Math.max(1, Math.min(atMillis - nowMillis, checkAtMillis - nowMillis, MAX_WAIT_MILLIS));
      }
    }
    await this.#issue(current);
    return 0;
  }

  /** Locks the directory, and starts to listen for validations. Returns `false` if another process does. */
  async #lock(): Promise<boolean> {
    try {
      this.#state.lock();
    } catch (error) {
      if (!(error instanceof DirectoryLockedError)) throw error;
      this.#phase = 'waiting';
      return false;
    }
    if (!this.#hasChallenges) {
      await this.#options.challenges.start();
      this.#hasChallenges = true;
    }
    return true;
  }

  #current(): X509Certificate | undefined {
    const pem = this.#state.read('certificate');
    try {
      return pem === undefined ? undefined : new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')));
    } catch {
      // A file that was damaged is replaced.
      return undefined;
    }
  }

  /** Reports whether a command has revoked a certificate. It is presented until the next one is there. */
  #isRevoked({ fingerprint256 }: X509Certificate): boolean {
    return this.#state.read('revoked') === fingerprint256;
  }

  async #plan(current: X509Certificate): Promise<Renewal> {
    const { clock, random, renewBeforeMillis } = this.#options;
    const nowMillis = clock.now();
    const last = this.#planned === current.fingerprint256 ? this.#renewal : undefined;
    if (last !== undefined && nowMillis < last.checkAtMillis) return last;
    const planning = { beforeMillis: renewBeforeMillis, planned: last?.atMillis, random, nowMillis };
    const next = await planRenewal(this.#connection, current, planning);
    // The time stays as it was drawn, unless the authority wants the certificate to be renewed earlier.
    const atMillis = Math.min(next.atMillis, last?.atMillis ?? Number.POSITIVE_INFINITY);
    this.#planned = current.fingerprint256;
    this.#renewal = { ...next, atMillis };
    return this.#renewal;
  }

  async #issue(current: X509Certificate | undefined): Promise<void> {
    const { logger, clock, names, keyType, profile, challenges } = this.#options;
    this.#phase = 'issuing';
    await this.#connection.open();
    this.#signer ??= await openAccount(this.#connection, this.#state, this.#options);
    const issued = await issueCertificate({
      ...{ connection: this.#connection, signer: this.#signer, names, keyType, profile },
      replaces: current && this.#connection.urlOf('renewalInfo') && renewalId(current),
      ...{ responder: challenges, clock, signal: this.#stop.signal },
    });
    this.#state.write('certificate', `${issued.key}${issued.chain}`);
    this.#issuedMillis = clock.now();
    this.#renewal = undefined;
    this.#planned = undefined;
    const { validToDate } = new X509Certificate(issued.chain);
    logger.info({ names, expires: validToDate.toISOString() }, 'certificate issued');
    this.#succeeded();
  }

  #succeeded(): void {
    this.#phase = 'issued';
    this.#failures = 0;
    this.#error = undefined;
    this.#options.reportStatus(undefined);
  }

  /** Reports why a step failed, and returns the time until the next attempt. */
  #failed(error: unknown): number {
    if (this.#stop.signal.aborted) return 0;
    const { logger, random, reportStatus } = this.#options;
    const backOffMillis = Math.min(FIRST_RETRY_MILLIS * 3 ** this.#failures, MAX_RETRY_MILLIS) * (0.8 + random() * 0.4);
    const asked = error instanceof AcmeError ? (error.retryAfterMillis ?? 0) : 0;
    const delayMillis = Math.max(backOffMillis, asked);
    this.#failures = Math.min(this.#failures + 1, 10);
    this.#phase = 'failed';
    // The account, or an old directory, may have been the reason.
    this.#signer = undefined;
    this.#connection.forget();
    this.#error = errorMessage(error);
    logger.warn({ reason: this.#error, retryInMillis: Math.round(delayMillis) }, 'certificate not issued, retrying');
    reportStatus(`no new certificate, retrying: ${this.#error}`);
    return delayMillis;
  }
}
