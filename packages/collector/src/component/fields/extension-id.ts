import type { ConfigUse, RunningComponent } from '../define.ts';

/**
 * Returns the IDs of the extensions that a field can name if `id` is none of them, otherwise `undefined`. Nothing is
 * known of an extension with errors, so it can be named.
 */
export function otherExtensions(
  id: string,
  use: Pick<ConfigUse, 'extensions'>,
  isSuitable: (extension: RunningComponent) => boolean,
): readonly string[] | undefined {
  if (use.extensions === undefined || (use.extensions.has(id) && use.extensions.get(id) === undefined))
    return undefined;
  const ids = suitableExtensions(use, isSuitable);
  return ids.includes(id) ? undefined : ids;
}

/** Returns the IDs of the extensions that a field can name. */
export function suitableExtensions(
  { extensions }: Pick<ConfigUse, 'extensions'>,
  isSuitable: (extension: RunningComponent) => boolean,
): readonly string[] {
  const known = [...(extensions?.values() ?? [])].filter((extension) => extension !== undefined);
  return known.filter(isSuitable).map(({ id }) => id);
}
