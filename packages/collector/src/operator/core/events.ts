import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import type { ObjectWriter } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject } from '../../kubernetes/resource.ts';

const EVENTS = { group: '', version: 'v1', resource: 'events' } as const;

/** What events need. */
export interface EventContext {
  readonly clock: Clock;
  readonly writer: ObjectWriter;
  readonly logger: Pick<Logger, 'debug'>;
  readonly identity: string;
}

/** Creates an event about an object, as `kubectl describe` shows it. A failure is logged only: events are no state. */
export async function recordEvent(
  { clock, writer, logger, identity }: EventContext,
  about: KubernetesObject,
  { type, reason, message }: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace = 'default', uid, resourceVersion } = about.metadata;
  const nowMillis = clock.now();
  const at = new Date(nowMillis).toISOString();
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${name}.${nowMillis.toString(16)}${Math.trunc(clock.monotonic() * 1000).toString(16)}`,
      namespace,
    },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid, resourceVersion },
    type,
    reason,
    message: message.slice(0, 1024),
    firstTimestamp: at.replace(/\.\d+Z$/, 'Z'),
    lastTimestamp: at.replace(/\.\d+Z$/, 'Z'),
    count: 1,
    source: { component: 'otelier-operator' },
    reportingComponent: 'otelier-operator',
    reportingInstance: identity,
  };
  try {
    await writer.create(EVENTS, event, signal);
  } catch (error) {
    logger.debug({ reason: errorMessage(error) }, 'cannot record an event');
  }
}
