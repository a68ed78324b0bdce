/** The columns by which `otelier top` sorts. */
export const SORT_NAMES = ['cpu', 'items', 'bytes', 'dropped', 'refused', 'queue', 'name'] as const;

/** A column by which `otelier top` sorts. */
export type SortName = (typeof SORT_NAMES)[number];
