import type { Logger } from 'pino';
import type { WaitContext } from '../../component/timing/backoff.ts';
import type { Registry } from '../../config/registry.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { ObjectWriter } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/resource.ts';
import { watchResource } from '../../kubernetes/watch-resource.ts';
import { type Collector, isSidecar, type Pipeline } from '../collector/model.ts';
import { recordEvent } from '../core/events.ts';
import { deleteSame, keyOf } from '../core/object-key.ts';
import { OPERATOR_RESOURCES } from '../definitions/custom-resources.ts';
import { instrumentationInjector } from '../instrumentation/inject-instrumentation.ts';
import type { Instrumentation } from '../instrumentation/model.ts';
import type { AdmissionRequest, AdmissionStats } from './admission.ts';
import { followCertificate } from './follow-certificate.ts';
import { sidecarInjector } from './inject-sidecar.ts';
import type { Pod } from './pod.ts';
import { startWebhookServer } from './webhook-server.ts';

/** Options of the webhook. */
export interface WebhookOptions extends WaitContext {
  readonly client: KubernetesClient;
  readonly writer: ObjectWriter;
  readonly logger: Logger;
  /** Name of this process in events. */
  readonly identity: string;
  /** Namespace of the secret with the certificate. */
  readonly namespace: string;
  /** Namespace of the objects that are read. Default: all. */
  readonly watchNamespace?: string | undefined;
  /** Components that configurations of sidecars can use. */
  readonly registry: Registry;
  /** Image of sidecars that name none. */
  readonly image: string;
  readonly host: string;
  readonly port: number;
}

/** A running webhook. */
export interface Webhook {
  readonly port: number;
  /** Whether it has a certificate and knows all objects. */
  readonly isReady: boolean;
  readonly stats: AdmissionStats;
  close(): Promise<void>;
}

/** Events about pods that were not injected, in a minute. Pods are created again and again. */
const MAX_EVENTS = 60;
const MINUTE_MILLIS = 60_000;

/** Starts the webhook that injects into pods. Every process serves it, not only the leader. Rejects if the port cannot be used. */
export async function startWebhook(options: WebhookOptions): Promise<Webhook> {
  const { client, clock, registry, image } = options;
  const stopped = new AbortController();
  const instrumentations = watchByKey<Instrumentation>(options, OPERATOR_RESOURCES.instrumentations);
  const collectors = watchByKey<Collector>(options, OPERATOR_RESOURCES.collectors, isSidecar);
  const pipelines = watchByKey<Pipeline>(options, OPERATOR_RESOURCES.pipelines);
  const watches = [instrumentations, collectors, pipelines];
  const stats: AdmissionStats = { injected: 0, unchanged: 0, warned: 0, refused: 0 };
  const state = { isSynced: false, hasCertificate: false };
  void Promise.all(watches.map(({ synced }) => synced)).then(() => {
    state.isSynced = true;
  });
  const server = await startWebhookServer({
    host: options.host,
    port: options.port,
    clock,
    admission: {
      client,
      logger: options.logger,
      stats,
      injectors: [
        sidecarInjector({
          client,
          registry,
          image,
          objects: async (signal) => ({
            collectors: await collectors.read(signal),
            pipelines: await pipelines.read(signal),
          }),
        }),
        instrumentationInjector({ client, instrumentations: instrumentations.read }),
      ],
      onWarnings: eventRecorder(options, stopped.signal),
    },
  }).catch(async (error: unknown) => {
    await Promise.all(watches.map((watch) => watch.close()));
    throw error;
  });
  const certificate = followCertificate({
    ...options,
    onCertificate(current) {
      server.setCertificate(current);
      state.hasCertificate = true;
    },
  });
  return {
    port: server.port,
    get isReady() {
      return state.isSynced && state.hasCertificate;
    },
    stats,
    async close() {
      await server.close();
      stopped.abort();
      await Promise.all([certificate.close(), ...watches.map((watch) => watch.close())]);
    },
  };
}

/** Keeps objects of a type that are needed, by `namespace/name`. */
function watchByKey<T extends KubernetesObject>(
  options: WebhookOptions,
  type: ResourceType,
  isNeeded: (object: T) => boolean = () => true,
) {
  const { client, clock, random, logger, watchNamespace } = options;
  const known = new Map<string, T>();
  const { synced, close } = watchResource(
    client,
    { ...type, namespace: watchNamespace },
    {
      select: (object) => (isNeeded(object as T) ? (object as T) : undefined),
      onSet: (one) => known.set(keyOf(one), one),
      onRemoved: (one) => deleteSame(known, one),
    },
    { clock, random, logger },
  );
  return {
    synced,
    close,
    /** Returns the objects when they are complete. */
    async read(signal: AbortSignal): Promise<ReadonlyMap<string, T>> {
      await unlessAborted(synced, signal, `the ${type.resource} are not read yet`);
      return known;
    },
  };
}

async function unlessAborted(promise: Promise<void>, signal: AbortSignal, message: string): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(new Error(message));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  await Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}

/** Returns a function that records events about the owners of pods, which do not exist yet themselves. */
function eventRecorder(options: WebhookOptions, signal: AbortSignal) {
  const { clock } = options;
  let fromMillis = clock.monotonic();
  let count = 0;
  return ({ dryRun, namespace, object }: AdmissionRequest, warnings: readonly string[]): void => {
    if (dryRun) return;
    if (clock.monotonic() - fromMillis > MINUTE_MILLIS) {
      fromMillis = clock.monotonic();
      count = 0;
    }
    const owner = ownerOf(object);
    if (owner === undefined || count >= MAX_EVENTS) return;
    count += 1;
    const about = { ...owner, metadata: { name: owner.name, namespace, uid: owner.uid } };
    void recordEvent(options, about, { type: 'Warning', reason: 'NotInjected', message: warnings.join('; ') }, signal);
  };
}

function ownerOf(object: unknown) {
  const { ownerReferences = [] } = (object as Partial<Pod> | null)?.metadata ?? {};
  if (!Array.isArray(ownerReferences)) return undefined;
  const owner: unknown = ownerReferences.find(
    (one: { readonly controller?: unknown } | null) => one?.controller === true,
  );
  const { apiVersion, kind, name, uid } = (owner ?? {}) as Readonly<Record<string, unknown>>;
  const texts = [apiVersion, kind, name, uid].filter((text) => typeof text === 'string');
  const [version = '', type = '', named = '', id = ''] = texts;
  return texts.length === 4 ? { apiVersion: version, kind: type, name: named, uid: id } : undefined;
}
