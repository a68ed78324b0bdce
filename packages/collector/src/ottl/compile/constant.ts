import type { Getter } from '../contexts/access.ts';

const constants = new WeakMap<object, { readonly value: unknown }>();

/** Returns a getter for a constant value. */
export function constant<T>(value: T): Getter<T> {
  const getter = () => value;
  constants.set(getter, { value });
  return getter;
}

/** Returns the value of a getter created by `constant`, or `undefined` for other getters. */
export function constantOf<T>(getter: Getter<T>): { readonly value: T } | undefined {
  return constants.get(getter) as { readonly value: T } | undefined;
}
