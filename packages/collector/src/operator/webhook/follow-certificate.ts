import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import { Backoff, type WaitContext } from '../../component/timing/backoff.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { DesiredObject, ObjectWriter } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/resource.ts';
import { watchResource } from '../../kubernetes/watch-resource.ts';
import { type CertificateSecret, certificateOf, renewedSecret, type WebhookCertificate } from './webhook-secret.ts';

/** What following the certificate of the webhook needs. */
export interface CertificateContext extends WaitContext {
  readonly client: KubernetesClient;
  readonly writer: ObjectWriter;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  /** Namespace of the secret. */
  readonly namespace: string;
  /** Is called with each certificate to serve, after API servers were told to trust its authority. */
  onCertificate(certificate: WebhookCertificate): void;
}

/** A MutatingWebhookConfiguration. */
interface WebhookConfiguration extends KubernetesObject {
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig?: {
      readonly url?: string;
      readonly service?: { readonly name: string; readonly namespace: string };
      readonly caBundle?: string;
    };
  }[];
}

const SECRETS: ResourceType = { group: '', version: 'v1', resource: 'secrets' };
const CONFIGURATIONS: ResourceType = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'mutatingwebhookconfigurations',
};
/** Name of the secret with the certificate. */
const SECRET_NAME = 'otelier-operator-webhook';
/** Name of the MutatingWebhookConfiguration. */
export const CONFIGURATION_NAME = 'otelier-operator';
/** Timers take no longer times. */
const MAX_WAIT_MILLIS = 24 * 3_600_000;

/**
 * Keeps the certificate of the webhook: reads it from the secret that all replicas share, creates and renews it, and writes its
 * authority into the configuration of the webhook, which also says for which names it must be. The first replica that writes
 * the secret wins; the others use what it has written.
 */
export function followCertificate(context: CertificateContext): { close(): Promise<void> } {
  const follower = new CertificateFollower(context);
  return { close: () => follower.close() };
}

class CertificateFollower {
  readonly #context: CertificateContext;
  readonly #stopped = new AbortController();
  readonly #watches: readonly { close(): Promise<void> }[];
  readonly #backoff: Backoff;
  #secret: CertificateSecret | undefined;
  #configuration: WebhookConfiguration | undefined;
  #served: string | undefined;
  #isComplete = false;
  #running: Promise<void> | undefined;
  #isDue = false;
  #cancelTimer: (() => void) | undefined;

  constructor(context: CertificateContext) {
    this.#context = context;
    this.#backoff = new Backoff(context);
    const { client } = context;
    const follow = { clock: context.clock, random: context.random, logger: context.logger };
    const secrets = watchResource<CertificateSecret>(
      client,
      { ...SECRETS, namespace: context.namespace, fieldSelector: `metadata.name=${SECRET_NAME}` },
      {
        select: (object) => object,
        onSet: (secret) => this.#changed(() => (this.#secret = newest(this.#secret, secret))),
        onRemoved: () => this.#changed(() => (this.#secret = undefined)),
      },
      follow,
    );
    const configurations = watchResource<WebhookConfiguration>(
      client,
      { ...CONFIGURATIONS, fieldSelector: `metadata.name=${CONFIGURATION_NAME}` },
      {
        select: (object) => object,
        onSet: (one) => this.#changed(() => (this.#configuration = newest(this.#configuration, one))),
        onRemoved: () => this.#changed(() => (this.#configuration = undefined)),
      },
      follow,
    );
    this.#watches = [secrets, configurations];
    void Promise.all([secrets.synced, configurations.synced]).then(() => {
      this.#isComplete = true;
      if (this.#configuration === undefined)
        context.logger.warn({ name: CONFIGURATION_NAME }, 'no MutatingWebhookConfiguration, waiting for it');
      this.#synchronize();
    });
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    this.#cancelTimer?.();
    await Promise.all([this.#running, ...this.#watches.map((watch) => watch.close())]);
  }

  #changed(apply: () => void): void {
    apply();
    this.#synchronize();
  }

  /** Runs one step at a time, and again if something has changed meanwhile. */
  #synchronize(): void {
    if (!this.#isComplete || this.#stopped.signal.aborted) return;
    this.#isDue = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#isDue) this.#synchronize();
    });
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#context;
    this.#isDue = false;
    this.#cancelTimer?.();
    try {
      const waitMillis = await this.#step();
      this.#backoff.reset();
      if (waitMillis !== undefined) this.#cancelTimer = clock.setTimeout(() => this.#synchronize(), waitMillis);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      // Another replica was first: the watch reports what it has written.
      if (error instanceof ApiError && error.status === 409) logger.debug('certificate changed meanwhile, again');
      else logger.warn({ reason: errorMessage(error) }, 'cannot prepare the certificate of the webhook, trying again');
      await this.#backoff.wait(this.#stopped.signal);
      this.#isDue = true;
    }
  }

  /** Returns when the next step is due; `undefined` without a configuration. */
  async #step(): Promise<number | undefined> {
    const { clock, writer, namespace, logger, onCertificate } = this.#context;
    const { signal } = this.#stopped;
    const configuration = this.#configuration;
    if (configuration === undefined) return undefined;
    const names = namesOf(configuration);
    const nowMillis = clock.now();
    let certificate = certificateOf(this.#secret, names, nowMillis);
    if (certificate === undefined) {
      const desired = renewedSecret(this.#secret, { name: SECRET_NAME, namespace }, names, nowMillis);
      const written =
        this.#secret === undefined
          ? await writer.create(SECRETS, desired, signal)
          : await writer.replace(SECRETS, desired, signal);
      this.#secret = newest(this.#secret, written as CertificateSecret);
      certificate = certificateOf(this.#secret, names, nowMillis);
      if (certificate === undefined)
        throw new Error(`secret ${SECRET_NAME}: expected the certificate that was written`);
      logger.info({ names, renewAt: new Date(certificate.renewAtMillis).toISOString() }, 'issued a certificate');
    }
    await this.#trust(configuration, certificate.bundle, signal);
    if (this.#served !== certificate.cert) onCertificate(certificate);
    this.#served = certificate.cert;
    return Math.min(certificate.renewAtMillis - nowMillis + 1000, MAX_WAIT_MILLIS);
  }

  /** Writes the authorities into the configuration, unless it has them. */
  async #trust(configuration: WebhookConfiguration, bundle: string, signal: AbortSignal): Promise<void> {
    const caBundle = Buffer.from(bundle).toString('base64');
    const { webhooks = [], metadata } = configuration;
    if (webhooks.every(({ clientConfig }) => clientConfig?.caBundle === caBundle)) return;
    const patch = {
      metadata: { resourceVersion: metadata.resourceVersion },
      webhooks: webhooks.map((one) => ({ ...one, clientConfig: { ...one.clientConfig, caBundle } })),
    } satisfies Partial<Record<keyof DesiredObject, unknown>>;
    const written = await this.#context.writer.mergePatch(CONFIGURATIONS, { name: CONFIGURATION_NAME }, patch, signal);
    this.#configuration = newest(this.#configuration, written as WebhookConfiguration);
  }
}

/** Returns the names by which API servers call the webhook. */
function namesOf({ webhooks = [] }: WebhookConfiguration): readonly string[] {
  const names = webhooks.flatMap(({ clientConfig }) => {
    const { service, url } = clientConfig ?? {};
    if (service !== undefined) return [`${service.name}.${service.namespace}.svc`];
    return url === undefined ? [] : [new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')];
  });
  return [...new Set(names)].sort();
}

/** A watch may report a version from before the last write. */
function newest<T extends KubernetesObject>(known: T | undefined, one: T): T {
  const isOlder =
    known?.metadata.uid === one.metadata.uid &&
    BigInt(one.metadata.resourceVersion ?? 0) < BigInt(known.metadata.resourceVersion ?? 0);
  return isOlder ? known : one;
}
