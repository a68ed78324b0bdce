import { ApiError } from '../../kubernetes/api-error.ts';
import type { DesiredObject, ObjectWriter } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject } from '../../kubernetes/resource.ts';
import { contentHash, hashOf, includes } from '../core/content.ts';
import { withoutManagedFields } from '../core/known-object.ts';
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
function selectChild(kind: ChildKind, object: KubernetesObject): Child {
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
  readonly #writer: ObjectWriter;
  /** By collector, then by `kind/name`. */
  readonly #children = new Map<string, Map<string, Child>>();
  /** Hashes of objects as they were after the last write or check, by UID. */
  readonly #accepted = new Map<string, string>();

  /**
   * Objects that this process has not written, as JSON by UID, until the first check. To request them again takes a request for
   * each object after a start.
   */
  readonly #unchecked = new Map<string, string>();

  constructor(writer: ObjectWriter) {
    this.#writer = writer;
  }

  /** Selects what is kept of an object that a watch reports. */
  select(kind: ChildKind, object: KubernetesObject): Child {
    const { uid } = object.metadata;
    if (!this.#accepted.has(uid)) this.#unchecked.set(uid, JSON.stringify(withoutManagedFields(object)));
    return selectChild(kind, object);
  }

  set(child: Child): void {
    const known = this.#children.get(child.collector) ?? new Map<string, Child>();
    known.set(`${child.kind}/${child.name}`, child);
    this.#children.set(child.collector, known);
  }

  remove({ collector, kind, name, uid }: Child): void {
    this.#accepted.delete(uid);
    this.#unchecked.delete(uid);
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
    if (child !== undefined && child.sentHash === hash && this.#isAsSent(child, desired)) return false;
    const metadata = { ...desired.metadata, annotations: { ...annotations, [HASH_ANNOTATION]: hash } };
    const type = CHILD_TYPES[kind];
    const written = await this.#writer.apply(type, { ...desired, metadata }, { fieldManager: FIELD_MANAGER }, signal);
    const known = selectChild(kind, written);
    this.#accept(known);
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
  #isAsSent(child: Child, { apiVersion: _, kind: __, ...desired }: DesiredObject): boolean {
    const accepted = this.#accepted.get(child.uid);
    if (accepted !== undefined) return accepted === child.contentHash;
    if (!includes(JSON.parse(this.#unchecked.get(child.uid) ?? '{}'), desired)) return false;
    this.#accept(child);
    return true;
  }

  #accept({ uid, contentHash: current }: Child): void {
    this.#accepted.set(uid, current);
    this.#unchecked.delete(uid);
  }
}
