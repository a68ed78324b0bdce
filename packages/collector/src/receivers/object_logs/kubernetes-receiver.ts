import type { ComponentContext, Receiver } from '../../component/contract.ts';
import { createKubernetesClient, type KubernetesClient } from '../../kubernetes/client.ts';
import type { FollowContext } from '../../kubernetes/follow-changes.ts';
import { type ApiConfig, configuredServer } from '../../kubernetes/server/config.ts';
import type { EntrySender } from './entry-sender.ts';

/** What a receiver reads a Kubernetes API with. */
export interface KubernetesAccess {
  readonly client: KubernetesClient;
  /** Aborts when the receiver stops. */
  readonly signal: AbortSignal;
  /** Returns the context to follow a part, such as the objects of a namespace. */
  followContext(part: string): FollowContext;
  /** Sets why a part cannot be read, or `undefined`. The status of the receiver is the first of these reasons. */
  report(part: string, failure: string | undefined): void;
}

/** What a receiver reads until it stops. */
export interface KubernetesReading {
  close(): Promise<void>;
}

/**
 * Creates a receiver that reads a Kubernetes API from its start on. When it drains, it ends reading, then sends what `sender`
 * holds.
 */
export function createKubernetesReceiver(
  config: Pick<ApiConfig, 'authType' | 'context' | 'serviceAccountDir'>,
  context: ComponentContext,
  sender: EntrySender | undefined,
  read: (access: KubernetesAccess) => readonly KubernetesReading[],
): Receiver {
  const stopped = new AbortController();
  const failures = new Map<string, string>();
  let client: KubernetesClient | undefined;
  let readings: readonly KubernetesReading[] = [];
  const report = (part: string, failure: string | undefined): void => {
    if (failure === undefined) failures.delete(part);
    else failures.set(part, failure);
    const [first] = failures.values();
    context.reportStatus(first);
  };
  const stop = async (): Promise<void> => {
    stopped.abort();
    const ending = readings;
    readings = [];
    await Promise.all(ending.map((reading) => reading.close()));
    client?.close();
  };
  return {
    async start() {
      const { environment, clock, random, logger } = context;
      client = createKubernetesClient(configuredServer(config, environment), environment);
      const followContext = (part: string): FollowContext => ({
        ...{ clock, random, logger },
        onStatus: (failure) => report(part, failure),
      });
      readings = read({ client, signal: stopped.signal, followContext, report });
    },
    async drain(deadline) {
      await stop();
      await sender?.drain(deadline);
    },
    async shutdown() {
      await stop();
      await sender?.shutdown();
    },
    heldItems: () => sender?.heldItems ?? 0,
  };
}
