import type { KubernetesClient } from './client.ts';
import { type FollowContext, followChanges } from './follow-changes.ts';
import type { KubernetesObject, Selection } from './resource.ts';

/** Options for `watchResource`. */
export interface WatchResourceOptions<T> {
  /** Returns what is kept of an object, which should be a small part. `undefined` keeps nothing. */
  select(object: KubernetesObject): T | undefined;
  /** Is called after an object was added or has changed, and for all objects after changes may have been missed. */
  onSet?(current: T, previous: T | undefined): void;
  /** Is called after an object was removed. */
  onRemoved?(previous: T): void;
}

/** A copy of the selected part of objects, which is kept up to date. */
export interface ResourceWatch<T> {
  /** The objects by UID. */
  readonly objects: ReadonlyMap<string, T>;
  /** Resolves when the objects are complete for the first time; never if they cannot be read. */
  readonly synced: Promise<void>;
  close(): Promise<void>;
}

/** Keeps a copy of the objects of a selection. While the server cannot be reached, the copy stays as it is. */
export function watchResource<T>(
  client: KubernetesClient,
  selection: Selection,
  { select, onSet, onRemoved }: WatchResourceOptions<T>,
  context: FollowContext,
): ResourceWatch<T> {
  const objects = new Map<string, T>();
  /** The objects that the list in progress has had. */
  let present = new Set<string>();
  const set = (object: KubernetesObject): void => {
    const { uid } = object.metadata;
    const current = select(object);
    if (current === undefined) {
      remove(uid);
      return;
    }
    const previous = objects.get(uid);
    objects.set(uid, current);
    onSet?.(current, previous);
  };
  const remove = (uid: string): void => {
    const previous = objects.get(uid);
    if (!objects.delete(uid)) return;
    onRemoved?.(previous as T);
  };
  const following = followChanges(
    client,
    selection,
    {
      listBegins() {
        present = new Set();
      },
      listed(listed) {
        for (const object of listed) {
          present.add(object.metadata.uid);
          set(object);
        }
      },
      listEnds() {
        for (const uid of objects.keys()) if (!present.has(uid)) remove(uid);
        present = new Set();
      },
      changed(type, object) {
        if (type === 'DELETED') remove(object.metadata.uid);
        else set(object);
      },
    },
    context,
  );
  return { objects, synced: following.listed, close: () => following.close() };
}
