/** The tenant whose store has items of the subject, and of others. */
export const TENANT = 'default';
/** A text in the names of all spans of the subject. */
export const MARKER = 'marker-of-subject';
/** Number of batches with one span of the subject and one of somebody else. */
export const BATCHES = 8;
/** Names the erasure. */
export const ID = 'request-1';
