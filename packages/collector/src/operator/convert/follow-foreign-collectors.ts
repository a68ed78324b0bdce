import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import type { WaitContext } from '../../component/timing/backoff.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { ObjectWriter } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/resource.ts';
import { watchResource } from '../../kubernetes/watch-resource.ts';
import { recordEvent } from '../core/events.ts';
import { deleteSame, keyOf } from '../core/object-key.ts';
import { WorkQueue } from '../core/work-queue.ts';
import { OPERATOR_RESOURCES } from '../definitions/custom-resources.ts';
import { convertCollector } from './convert-collector.ts';
import type { ForeignObject } from './converted.ts';

/** What following needs. */
export interface ForeignContext extends WaitContext {
  readonly client: KubernetesClient;
  readonly writer: ObjectWriter;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly identity: string;
  readonly watchNamespace?: string | undefined;
}

const COLLECTORS: ResourceType = {
  group: 'opentelemetry.io',
  version: 'v1beta1',
  resource: 'opentelemetrycollectors',
};
/** The annotation of objects that are converted. */
export const CONVERT = 'otelier.dev/convert';
/** The annotation of a converted object with the fields that it does not have. */
export const UNSUPPORTED = 'otelier.dev/unsupported';
const FIELD_MANAGER = 'otelier-operator-conversion';
const MAX_ANNOTATION_LENGTH = 8192;

/**
 * Keeps a `Collector` for each `OpenTelemetryCollector` with the annotation `otelier.dev/convert: "true"`, which owns it. Fields
 * that cannot be converted are named in an event and in an annotation of the `Collector`.
 */
export function followForeignCollectors(context: ForeignContext): { close(): Promise<void> } {
  const { client, logger, watchNamespace } = context;
  const stopped = new AbortController();
  const known = new Map<string, KubernetesObject>();
  /** What was last reported of an object, so that an event is recorded once. */
  const reported = new Map<string, string>();
  const queue = new WorkQueue(context, {
    concurrency: 2,
    process: (key) => convert(context, known.get(key), reported, stopped.signal),
    onFailure: (key, error) =>
      logger.warn({ collector: key, reason: errorMessage(error) }, 'cannot convert, trying again'),
  });
  const watch = watchResource(
    client,
    { ...COLLECTORS, namespace: watchNamespace },
    {
      select: (object) => object,
      onSet(object) {
        known.set(keyOf(object), object);
        queue.add(keyOf(object));
      },
      onRemoved(object) {
        deleteSame(known, object);
        reported.delete(object.metadata.uid);
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

async function convert(
  context: ForeignContext,
  foreign: KubernetesObject | undefined,
  reported: Map<string, string>,
  signal: AbortSignal,
): Promise<void> {
  // The owner of a converted object is deleted, and the garbage collector deletes it.
  if (foreign === undefined || foreign.metadata.deletionTimestamp !== undefined) return;
  const { name, namespace, uid, annotations } = foreign.metadata;
  const existing = await find(context.client, foreign, signal);
  const isOwned = existing?.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
  if (annotations?.[CONVERT] !== 'true') {
    if (isOwned && existing !== undefined)
      await context.writer.delete(
        OPERATOR_RESOURCES.collectors,
        { name, namespace },
        { uid: existing.metadata.uid },
        signal,
      );
    return;
  }
  const report = async (reason: string, message: string): Promise<void> => {
    if (reported.get(uid) === message) return;
    reported.set(uid, message);
    const about = {
      ...foreign,
      apiVersion: `${COLLECTORS.group}/${COLLECTORS.version}`,
      kind: 'OpenTelemetryCollector',
    };
    await recordEvent(context, about, { type: 'Warning', reason, message }, signal);
  };
  if (existing !== undefined && !isOwned)
    return report('NotConverted', `The Collector ${name} exists already, and was not made of this object.`);
  let converted: ReturnType<typeof convertCollector>;
  try {
    converted = convertCollector(foreign as unknown as ForeignObject);
  } catch (error) {
    return report('NotConverted', errorMessage(error));
  }
  const { object, unsupported } = converted;
  const text = unsupported.join('; ').slice(0, MAX_ANNOTATION_LENGTH);
  const owner = { apiVersion: `${COLLECTORS.group}/${COLLECTORS.version}`, kind: 'OpenTelemetryCollector', name, uid };
  const metadata = {
    ...object.metadata,
    annotations: { ...object.metadata.annotations, ...(text !== '' && { [UNSUPPORTED]: text }) },
    ownerReferences: [owner],
  };
  try {
    await context.writer.apply(
      OPERATOR_RESOURCES.collectors,
      { ...object, metadata },
      { fieldManager: FIELD_MANAGER },
      signal,
    );
  } catch (error) {
    // The user must change the object.
    if (!(error instanceof ApiError && [400, 422].includes(error.status))) throw error;
    return report('NotConverted', errorMessage(error));
  }
  if (text !== '') await report('UnsupportedFields', text);
}

async function find(
  client: KubernetesClient,
  { metadata }: KubernetesObject,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  try {
    return await client.get(OPERATOR_RESOURCES.collectors, metadata.name, metadata.namespace, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
