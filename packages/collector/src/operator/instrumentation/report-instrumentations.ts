import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import type { WaitContext } from '../../component/timing/backoff.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { ObjectWriter } from '../../kubernetes/object-writer.ts';
import { watchResource } from '../../kubernetes/watch-resource.ts';
import { type Condition, withTimes } from '../core/conditions.ts';
import { hashOf } from '../core/content.ts';
import { WorkQueue } from '../core/work-queue.ts';
import { OPERATOR_RESOURCES } from '../definitions/custom-resources.ts';
import { LANGUAGES, specOf } from './languages.ts';
import type { Instrumentation } from './model.ts';

/** What reporting needs. */
export interface ReportContext extends WaitContext {
  readonly client: KubernetesClient;
  readonly writer: ObjectWriter;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly watchNamespace?: string | undefined;
}

/** Writes the status of `Instrumentation` objects: their images, and whether the annotation `true` selects them. */
export function reportInstrumentations(context: ReportContext): { close(): Promise<void> } {
  const { client, logger, watchNamespace } = context;
  const stopped = new AbortController();
  const known = new Map<string, Instrumentation>();
  const queue = new WorkQueue(context, {
    concurrency: 1,
    process: (namespace) => report(context, namespace, known, stopped.signal),
    onFailure(namespace, error) {
      if (error instanceof ApiError && [404, 409].includes(error.status)) return;
      logger.warn({ namespace, reason: errorMessage(error) }, 'cannot report instrumentations, trying again');
    },
  });
  const watch = watchResource(
    client,
    { ...OPERATOR_RESOURCES.instrumentations, namespace: watchNamespace },
    {
      select: (object) => object as Instrumentation,
      onSet(one) {
        known.set(one.metadata.uid, one);
        queue.add(one.metadata.namespace ?? '');
      },
      onRemoved({ metadata }) {
        known.delete(metadata.uid);
        queue.add(metadata.namespace ?? '');
      },
    },
    { clock: context.clock, random: context.random, logger },
  );
  return {
    async close() {
      stopped.abort();
      await Promise.all([queue.close(), watch.close()]);
    },
  };
}

async function report(
  { clock, writer }: ReportContext,
  namespace: string,
  known: ReadonlyMap<string, Instrumentation>,
  signal: AbortSignal,
): Promise<void> {
  const own = [...known.values()].filter(({ metadata }) => metadata.namespace === namespace);
  for (const one of own) {
    const { generation = 0, name } = one.metadata;
    const { conditions = [] } = one.status ?? {};
    const images = Object.fromEntries(
      LANGUAGES.map((language) => [language.name, specOf(language, one).image ?? language.image]),
    );
    const times = { generation, nowMillis: clock.now() };
    const status = {
      observedGeneration: generation,
      conditions: withTimes([defaultCondition(own.length)], conditions, times),
      images,
    };
    if (hashOf({ ...one.status }) !== hashOf(status))
      await writer.patchStatus(OPERATOR_RESOURCES.instrumentations, { name, namespace }, status, signal);
  }
}

function defaultCondition(count: number): Condition {
  const type = 'Default';
  if (count === 1) return { type, status: 'True', reason: 'Only', message: 'The annotation "true" selects it.' };
  const message = `The namespace has ${count}: annotations must name one.`;
  return { type, status: 'False', reason: 'Several', message };
}
