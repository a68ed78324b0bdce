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
