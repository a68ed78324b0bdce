import type { Signal } from '@otelier/otlp';
import type { ComponentContext, Consumer, SignalConsumers } from '../../component/contract.ts';
import type { ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import { withAttributes } from './attribute-consumer.ts';
import type { PlannedReceiver } from './plan.ts';

/** A receiver that was started for an endpoint. */
export interface NestedReceiver {
  readonly heldItems: number;
  /** Passes on what it holds until the deadline, then stops it. Does not reject. */
  stop(deadline: AbortSignal, remainingMillis: number): Promise<void>;
}

/**
 * Creates and starts a receiver. Returns `undefined` if no pipeline takes its signals. Rejects if it cannot be created or started.
 * `onStatus` receives the errors that it reports while it runs.
 */
export async function startReceiver(
  planned: PlannedReceiver,
  endpoint: ObservedEndpoint,
  next: SignalConsumers,
  context: ComponentContext,
  onStatus: (status: string | undefined) => void,
): Promise<NestedReceiver | undefined> {
  const [name = ''] = planned.id.split('/', 1);
  const factory = await context.findReceiver?.(name);
  if (factory === undefined) throw new Error(`expected a type of receiver that otelier has, got "${name}"`);
  const consumers: Partial<Record<Signal, Consumer>> = {};
  for (const signal of planned.signals ?? factory.signals) {
    const consumer = factory.signals.includes(signal) ? next[signal] : undefined;
    if (consumer !== undefined) consumers[signal] = consumer;
  }
  if (Object.keys(consumers).length === 0) return undefined;
  const needsEndpoint = factory.options.includes('endpoint') && !('endpoint' in planned.options);
  const options = needsEndpoint ? { ...planned.options, endpoint: endpoint.target } : planned.options;
  const logger = context.logger.child({ receiver: planned.id, endpoint: endpoint.id });
  const end = new AbortController();
  const receiver = await factory.create(options, withAttributes(consumers, planned.attributes), {
    ...context,
    id: `${planned.id}/${context.id}{endpoint="${endpoint.target}"}/${endpoint.id}`,
    type: factory.type,
    logger,
    // What annotations configure can read nothing of the process.
    environment: planned.isHinted ? {} : context.environment,
    findReceiver: undefined,
    ended: end.signal,
    reportStatus: onStatus,
  });
  try {
    await receiver.start?.();
  } catch (error) {
    end.abort();
    await receiver.shutdown?.();
    throw error;
  }
  return {
    get heldItems() {
      return receiver.heldItems?.() ?? 0;
    },
    async stop(deadline, remainingMillis) {
      await attempt(() => receiver.drain?.(deadline, remainingMillis), logger);
      end.abort();
      await attempt(() => receiver.shutdown?.(), logger);
    },
  };
}

/** A bug in one receiver must not keep others from stopping. */
async function attempt(run: () => Promise<void> | undefined, logger: ComponentContext['logger']): Promise<void> {
  try {
    await run();
  } catch (error) {
    logger.error({ err: error }, 'receiver threw while it stopped; this is a bug');
  }
}
