import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { errorMessage } from '../component/error-message.ts';
import type { Registry } from '../config/registry.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { createKubernetesClient } from '../kubernetes/client.ts';
import { createObjectWriter } from '../kubernetes/object-writer.ts';
import type { ApiServer, Environment } from '../kubernetes/server/api-server.ts';
import { watchResource } from '../kubernetes/watch-resource.ts';
import { followAllocations } from './allocation/follow-allocations.ts';
import { ChildObjects } from './collector/child-objects.ts';
import type { Collector, Pipeline } from './collector/model.ts';
import { CHILD_TYPES, type ChildKind, FIELD_MANAGER, MANAGED_BY } from './collector/names.ts';
import { type ReconcileContext, reconcileCollector } from './collector/reconcile-collector.ts';
import { followForeignCollectors } from './convert/follow-foreign-collectors.ts';
import { versionOf, withoutManagedFields } from './core/known-object.ts';
import { LeaderElection } from './core/leader-election.ts';
import { deleteSame, keyOf } from './core/object-key.ts';
import { WorkQueue, type WorkQueueStats } from './core/work-queue.ts';
import { OPERATOR_RESOURCES } from './definitions/custom-resources.ts';
import { reportInstrumentations } from './instrumentation/report-instrumentations.ts';

/** Options of the operator. */
export interface OperatorOptions {
  readonly server: ApiServer;
  /** Components that configurations can use. */
  readonly registry: Registry;
  readonly environment: Environment;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** Name of this process in the lease and in events. */
  readonly identity: string;
  /** Namespace of the lease. */
  readonly namespace: string;
  /** Namespace of the collectors. Default: all. */
  readonly watchNamespace?: string | undefined;
  /** Image of collectors that name none. */
  readonly image: string;
  /** Whether `OpenTelemetryCollector` objects that ask for it are converted. Their definition must exist. */
  readonly convert?: boolean | undefined;
}

/** A running operator. */
export interface Operator {
  /** Whether this process holds the lease. */
  readonly isLeader: boolean;
  /** Queues of keys by the type of their objects. */
  readonly queues: { readonly collector: WorkQueueStats; readonly targetallocation: WorkQueueStats };
  /** Ends the reconciliations in progress, and gives the lease back. */
  stop(): Promise<void>;
}

const CONCURRENCY = 4;
const NO_WORK: WorkQueueStats = { depth: 0, adds: 0, retries: 0, processed: 0, busyMillis: 0 };
const STOP_MILLIS = 10_000;

/**
 * Starts the operator: waits for the lease, then watches collectors, pipelines and what was made of them. When the lease is lost,
 * such as while the API server cannot be reached, it writes nothing and waits for the lease again.
 */
export function startOperator(options: OperatorOptions): Operator {
  const stopped = new AbortController();
  const state: { isLeader: boolean; reconciling: ReturnType<typeof startReconciling> | undefined } = {
    isLeader: false,
    reconciling: undefined,
  };
  const client = createKubernetesClient(options.server, options.environment);
  const writer = createObjectWriter(options.server);
  const election = new LeaderElection({ ...options, client, writer });
  const run = async (): Promise<void> => {
    while (await election.untilLeader(stopped.signal)) {
      const reconciling = startReconciling({ ...options, client, writer });
      state.isLeader = true;
      state.reconciling = reconciling;
      // The lease is given back after the last write.
      const keeping = new AbortController();
      const kept = election.keep(keeping.signal);
      const isLost = await Promise.race([kept.then((isKept) => !isKept), aborted(stopped.signal)]);
      state.isLeader = false;
      if (isLost) options.logger.warn('lost the lease, waiting for it again');
      await reconciling.close(isLost ? 0 : STOP_MILLIS);
      keeping.abort();
      await kept;
    }
  };
  const ended = run().finally(() => {
    client.close();
    writer.close();
  });
  return {
    get isLeader() {
      return state.isLeader;
    },
    get queues() {
      const { queue, allocations } = state.reconciling ?? {};
      return { collector: queue?.stats ?? NO_WORK, targetallocation: allocations?.queue ?? NO_WORK };
    },
    async stop() {
      stopped.abort();
      await ended;
    },
  };
}

function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    else signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}

type ReconcilingOptions = OperatorOptions & Pick<ReconcileContext, 'client' | 'writer'>;

function startReconciling(options: ReconcilingOptions) {
  const { client, writer, logger, watchNamespace } = options;
  const children = new ChildObjects(writer);
  const collectors = new Map<string, Collector>();
  /** Versions of collectors that this process has written and the watch has not reported yet. */
  const written = new Map<string, bigint>();
  const context: ReconcileContext = {
    ...options,
    children,
    checked: new Map(),
    onWritten(collector) {
      const key = keyOf(collector);
      if (!collectors.has(key)) return;
      written.set(key, versionOf(collector));
      collectors.set(key, withoutManagedFields(collector));
    },
  };
  const pipelines = new Map<string, Pipeline>();
  const stopping = new AbortController();
  const queue = new WorkQueue(options, {
    concurrency: CONCURRENCY,
    async process(key) {
      const collector = collectors.get(key);
      if (collector === undefined) return;
      const own = [...pipelines.values()].filter((pipeline) => collectorsOf(pipeline).includes(key));
      const waitMillis = await reconcileCollector(context, collector, own, stopping.signal);
      if (waitMillis !== undefined) queue.addAfter(key, waitMillis);
    },
    onFailure(key, error) {
      // Another process has changed or deleted the object: the watch reports it.
      if (error instanceof ApiError && [404, 409].includes(error.status))
        logger.debug({ collector: key }, 'changed meanwhile, again');
      else logger.warn({ collector: key, reason: errorMessage(error) }, 'cannot reconcile, trying again');
    },
  });
  const follow = { clock: options.clock, random: options.random, logger };
  let isComplete = false;
  const changed = (key: string): void => {
    if (isComplete) queue.add(key);
  };
  const reports = reportInstrumentations(options);
  const foreign = options.convert === true ? followForeignCollectors(options) : undefined;
  const allocations = followAllocations(client, watchNamespace, { ...follow, writer, collectors }, stopping.signal);
  const watches = [
    watchResource(
      client,
      { ...OPERATOR_RESOURCES.collectors, namespace: watchNamespace },
      {
        select: (object) => withoutManagedFields(object) as Collector,
        onSet(collector) {
          const key = keyOf(collector);
          // A status from before the last write would undo it.
          if (versionOf(collector) < (written.get(key) ?? 0n)) return;
          written.delete(key);
          collectors.set(key, collector);
          changed(key);
          allocations.collectorChanged(collector);
        },
        onRemoved(collector) {
          context.checked.delete(collector.metadata.uid);
          if (!deleteSame(collectors, collector)) return;
          written.delete(keyOf(collector));
          allocations.collectorChanged(collector);
        },
      },
      follow,
    ),
    watchResource(
      client,
      { ...OPERATOR_RESOURCES.pipelines, namespace: watchNamespace },
      {
        select: (object) => withoutManagedFields(object) as Pipeline,
        onSet(pipeline, previous) {
          pipelines.set(keyOf(pipeline), pipeline);
          for (const key of [pipeline, previous].flatMap((one) => (one === undefined ? [] : collectorsOf(one))))
            changed(key);
        },
        onRemoved(pipeline) {
          deleteSame(pipelines, pipeline);
          for (const key of collectorsOf(pipeline)) changed(key);
        },
      },
      follow,
    ),
    ...Object.entries(CHILD_TYPES).map(([kind, type]) => {
      const isOfCluster = kind.startsWith('ClusterRole');
      const selection = { ...type, labelSelector: `${MANAGED_BY}=${FIELD_MANAGER}` };
      return watchResource(
        client,
        isOfCluster ? selection : { ...selection, namespace: watchNamespace },
        {
          select: (object) => children.select(kind as ChildKind, object),
          onSet(child) {
            children.set(child);
            changed(child.collector);
          },
          onRemoved(child) {
            children.remove(child);
            changed(child.collector);
          },
        },
        follow,
      );
    }),
  ];
  // Before all objects are known, those that exist would look missing.
  void Promise.all(watches.map(({ synced }) => synced)).then(() => {
    isComplete = true;
    logger.info({ collectors: collectors.size, pipelines: pipelines.size }, 'watching');
    for (const key of collectors.keys()) queue.add(key);
    allocations.begin();
  });
  return {
    queue,
    allocations,
    /** Stops reading and writing. Requests that are not complete after a time are canceled. */
    async close(waitMillis: number) {
      const cancel = options.clock.setTimeout(() => stopping.abort(), waitMillis);
      await Promise.all([
        queue.close(),
        reports.close(),
        foreign?.close(),
        allocations.close(),
        ...watches.map((watch) => watch.close()),
      ]);
      cancel();
    },
  };
}

/** Keys of the collectors that a pipeline names. */
function collectorsOf({ metadata, spec }: Pipeline): readonly string[] {
  return spec.collectors.map((name) => `${metadata.namespace}/${name}`);
}
