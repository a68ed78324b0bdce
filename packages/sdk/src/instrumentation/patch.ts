/**
 * Replaces a method by what `wrap` returns for it. Call the result to restore it; if another library has replaced it
 * since, ours remains between them and is not removed.
 */
export function patch<T extends object, K extends keyof T>(
  target: T,
  name: K,
  wrap: (original: T[K]) => T[K],
): () => void {
  const original = target[name];
  const wasOwn = Object.hasOwn(target, name);
  const replacement = wrap(original);
  target[name] = replacement;
  return () => {
    if (target[name] !== replacement) return;
    if (wasOwn) target[name] = original;
    else delete target[name];
  };
}

/** Returns the object in a prototype chain that has the method. */
export function ownerOf<T extends object>(prototype: object, method: keyof T & string): T {
  let owner: object | null = prototype;
  while (owner !== null && !Object.hasOwn(owner, method)) owner = Object.getPrototypeOf(owner);
  if (owner === null) throw new TypeError(`expected a class with the method ${method}`);
  return owner as T;
}
