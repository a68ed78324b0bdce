/** A pattern in which `*` stands for any number of characters and `?` for one. */
export function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[\^$\\.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
