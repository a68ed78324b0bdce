import type { Tree } from '../tree.ts';

/** Returns whether two trees have equal values, wherever they were written. */
export function isSameTree(a: Tree, b: Tree): boolean {
  if (a.kind === 'map') {
    return (
      b.kind === 'map' &&
      a.entries.size === b.entries.size &&
      [...a.entries].every(([key, value]) => {
        const other = b.entries.get(key);
        return other !== undefined && isSameTree(value, other);
      })
    );
  }
  if (a.kind === 'list') {
    return (
      b.kind === 'list' &&
      a.items.length === b.items.length &&
      a.items.every((item, index) => {
        const other = b.items[index];
        return other !== undefined && isSameTree(item, other);
      })
    );
  }
  return b.kind === 'scalar' && Object.is(a.value, b.value) && a.text === b.text;
}
