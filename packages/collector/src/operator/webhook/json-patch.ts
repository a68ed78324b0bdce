/** An operation of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Returns the operations that turn a JSON value into another one. */
export function patchOf(before: unknown, after: unknown): readonly PatchOperation[] {
  const operations: PatchOperation[] = [];
  addChanges(before, after, '', operations);
  return operations;
}

function addChanges(before: unknown, after: unknown, path: string, operations: PatchOperation[]): void {
  if (before === after) return;
  if (Array.isArray(before) && Array.isArray(after)) addItems(before, after, path, operations);
  else if (isObject(before) && isObject(after)) addFields(before, after, path, operations);
  else operations.push({ op: 'replace', path, value: after });
}

function addFields(before: object, after: object, path: string, operations: PatchOperation[]): void {
  const known = new Map<string, unknown>(Object.entries(before));
  const wanted = new Map<string, unknown>(Object.entries(after));
  for (const [key, value] of wanted) {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (known.has(key)) addChanges(known.get(key), value, at, operations);
    else operations.push({ op: 'add', path: at, value });
  }
  for (const key of known.keys()) {
    if (!wanted.has(key))
      operations.push({ op: 'remove', path: `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` });
  }
}

function addItems(before: readonly unknown[], after: readonly unknown[], path: string, operations: PatchOperation[]) {
  const common = Math.min(before.length, after.length);
  for (let i = 0; i < common; i += 1) addChanges(before[i], after[i], `${path}/${i}`, operations);
  for (const value of after.slice(common)) operations.push({ op: 'add', path: `${path}/-`, value });
  for (let i = before.length - 1; i >= common; i -= 1) operations.push({ op: 'remove', path: `${path}/${i}` });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
