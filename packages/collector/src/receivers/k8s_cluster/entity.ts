import { Entry } from '../../operators/entry/entry.ts';
import type { Value } from '../../ottl/values/value.ts';
import { type KeptMeta, prefixed, present } from './object-fields.ts';

/** An object as an entity event describes it. */
export interface Entity {
  /** Such as `k8s.pod`. */
  readonly type: string;
  /** The attribute that identifies it, such as `k8s.pod.uid`, and its value. */
  readonly idKey: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Marks the scope of entity events, as the Collector does. */
const SCOPE: Map<string, Value> = new Map([['otel.entity.event_as_log', true]]);

/** Returns the log record that describes an entity. `intervalMillis` is when the next one follows at the latest; 0 never. */
export function stateEntry({ type, idKey, id, attributes }: Entity, nowMillis: number, intervalMillis: number): Entry {
  const entry = eventEntry('entity_state', type, idKey, id, nowMillis);
  if (intervalMillis > 0) entry.attributes?.set('otel.entity.interval', BigInt(Math.round(intervalMillis)));
  entry.attributes?.set('otel.entity.attributes', new Map(Object.entries(attributes)));
  return entry;
}

/** Returns the log record of an entity that no longer exists. */
export function deletedEntry({ type, idKey, id }: Entity, nowMillis: number): Entry {
  return eventEntry('entity_delete', type, idKey, id, nowMillis);
}

function eventEntry(event: string, type: string, idKey: string, id: string, nowMillis: number): Entry {
  const nanos = BigInt(nowMillis) * 1_000_000n;
  const entry = new Entry(undefined, nanos);
  entry.timeNanos = nanos;
  entry.scopeAttributes = SCOPE;
  entry.attributes = new Map<string, Value>([
    ['otel.entity.id', new Map([[idKey, id]])],
    ['otel.entity.event.type', event],
    ['otel.entity.type', type],
  ]);
  return entry;
}

/** Returns the entity of a workload. `kind` is that of the API, such as `ReplicaSet`. */
export function workloadEntity(kind: string, meta: KeptMeta, more: Readonly<Record<string, string>> = {}): Entity {
  const term = kind.toLowerCase();
  return {
    type: `k8s.${term}`,
    idKey: `k8s.${term}.uid`,
    id: meta.uid,
    attributes: {
      ...prefixed(`k8s.${term}.label`, meta.labels),
      ...present({
        'k8s.workload.kind': kind,
        'k8s.workload.name': meta.name,
        [`${term}.creation_timestamp`]: meta.created,
        'k8s.namespace.name': meta.namespace,
      }),
      ...ownerAttributes(meta),
      ...more,
    },
  };
}

/** Returns the names and UIDs of the owners of an object. */
export function ownerAttributes({ owners }: KeptMeta): Readonly<Record<string, string>> {
  return Object.fromEntries(
    owners.flatMap(({ kind, name, uid }) => [
      [`k8s.${kind.toLowerCase()}.name`, name],
      [`k8s.${kind.toLowerCase()}.uid`, uid],
    ]),
  );
}
