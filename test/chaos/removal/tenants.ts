/** The tenant that is removed, and one that is not. */
export const GONE = 'gone';
export const KEPT = 'kept';
/** Part of the names of all spans of the removed tenant. */
export const MARKER = 'marker-of-gone';
/** Number of batches of two spans that each tenant has. */
export const BATCHES = 8;
