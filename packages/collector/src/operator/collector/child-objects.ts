import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { DesiredObject, ObjectWriter } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject } from '../../kubernetes/resource.ts';
import { contentHash, hashOf, includes } from '../core/content.ts';
import { CHILD_TYPES, type ChildKind, FIELD_MANAGER, HASH_ANNOTATION, INSTANCE, NAMESPACE_LABEL } from './names.ts';
import { type WorkloadStatus, workloadStatusOf } from './rollout.ts';

/** What is kept of an object that the operator has written. */
export interface Child {
  readonly kind: ChildKind;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** `namespace/name` of the collector. */
  readonly collector: string;
  /** Hash of the object as the operator has sent it. */
  readonly sentHash: string | undefined;
  /** Hash of the object as it is. */
  readonly contentHash: string;
  readonly status: WorkloadStatus;
  readonly isDeleted: boolean;
}

/** Selects what is kept of an object. */
export function selectChild(kind: ChildKind, object: KubernetesObject): Child {
  const { name, namespace = '', uid, labels = {}, annotations, deletionTimestamp } = object.metadata;
  return {
    kind,
    name,
    namespace,
    uid,
    collector: `${labels[NAMESPACE_LABEL] ?? namespace}/${labels[INSTANCE] ?? ''}`,
    sentHash: annotations?.[HASH_ANNOTATION],
    contentHash: contentHash(object),
    status: workloadStatusOf(object),
    isDeleted: deletionTimestamp !== undefined,
  };
}

/** Known objects of collectors, and writes that change only what is different. */
export class ChildObjects {
  readonly #client: KubernetesClient;
  readonly #writer: ObjectWriter;
  /** By collector, then by `kind/name`. */
  readonly #children = new Map<string, Map<string, Child>>();
  /** Hashes of objects as the server returned them after the last write or check, by UID. */
  readonly #accepted = new Map<string, string>();

  constructor(client: KubernetesClient, writer: ObjectWriter) {
    this.#client = client;
    this.#writer = writer;
  }

  set(child: Child): void {
    const known = this.#children.get(child.collector) ?? new Map<string, Child>();
    known.set(`${child.kind}/${child.name}`, child);
    this.#children.set(child.collector, known);
  }

  remove({ collector, kind, name, uid }: Child): void {
    this.#accepted.delete(uid);
    const known = this.#children.get(collector);
    if (known?.get(`${kind}/${name}`)?.uid === uid) known.delete(`${kind}/${name}`);
    if (known?.size === 0) this.#children.delete(collector);
  }

  of(collector: string): readonly Child[] {
    return [...(this.#children.get(collector)?.values() ?? [])];
  }

  get(collector: string, kind: ChildKind, name: string): Child | undefined {
    return this.#children.get(collector)?.get(`${kind}/${name}`);
  }

  /** Writes an object unless it is already as desired. Returns whether it was written. */
  async ensure(collector: string, desired: DesiredObject, signal: AbortSignal): Promise<boolean> {
    const kind = desired.kind as ChildKind;
    const { name, namespace, annotations } = desired.metadata;
    const hash = hashOf(desired);
    const child = this.get(collector, kind, name);
    if (child !== undefined && child.sentHash === hash && (await this.#isAsSent(child, desired, signal))) return false;
    const metadata = { ...desired.metadata, annotations: { ...annotations, [HASH_ANNOTATION]: hash } };
    const type = CHILD_TYPES[kind];
    const written = await this.#writer.apply(type, { ...desired, metadata }, { fieldManager: FIELD_MANAGER }, signal);
    const known = selectChild(kind, written);
    this.#accepted.set(known.uid, known.contentHash);
    // Until the watch reports it.
    if (namespace !== undefined || known.collector === collector) this.set(known);
    return true;
  }

  /** Deletes an object, unless another one has taken its name. */
  async delete({ kind, name, namespace, uid }: Child, signal: AbortSignal): Promise<void> {
    const place = { name, namespace: namespace === '' ? undefined : namespace };
    try {
      await this.#writer.delete(CHILD_TYPES[kind], place, { uid }, signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    }
  }

  /** Compares with the object that the server returned, or once with the object itself after a start. */
  async #isAsSent(
    { kind, name, namespace, uid, contentHash: current }: Child,
    desired: DesiredObject,
    signal: AbortSignal,
  ) {
    const accepted = this.#accepted.get(uid);
    if (accepted !== undefined) return accepted === current;
    const place = namespace === '' ? undefined : namespace;
    const object = await this.#client.get(CHILD_TYPES[kind], name, place, signal);
    if (!includes(object, desired)) return false;
    this.#accepted.set(uid, contentHash(object));
    return true;
  }
}
