import { useSyncExternalStore } from 'react';

/** An action that can be undone. */
export interface Undoable {
  /** What was done, such as `Removed Payments`. */
  readonly text: string;
  /** Undoes it. May reject with a `RequestFailure`. */
  readonly undo: () => Promise<void>;
}

let offered: Undoable | undefined;
const listeners = new Set<() => void>();

/** Offers to undo an action, instead of the one before. */
export function offerUndo(action: Undoable): void {
  set(action);
}

/** Ends the offer of an action, unless another one has replaced it. */
export function withdrawUndo(action: Undoable): void {
  if (offered === action) set(undefined);
}

/** Returns the action that can be undone, if there is one. */
export function useOfferedUndo(): Undoable | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => offered,
  );
}

function set(action: Undoable | undefined): void {
  offered = action;
  for (const listener of listeners) listener();
}
