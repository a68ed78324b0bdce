import type { StoreOptions } from '@otelier/store';

const DAY_MILLIS = 86_400_000;

/** Number of files, each with some items of the purpose and some of none. */
export const FILES = 12;
/** Number of items of each kind in a file. */
export const ITEMS = 4;
/** Age of all items: too old without a purpose. */
export const AGE_MILLIS = 10 * DAY_MILLIS;
/** In the bodies of the items without a purpose. */
export const MARKER = 'of-no-purpose';
/** Keeps all items. */
export const KEEPING = { retentionMillis: Number.POSITIVE_INFINITY } satisfies Partial<StoreOptions>;
/** Keeps only those of the purpose, and checks files all the time. */
export const LIMITING = {
  retentionMillis: 7 * DAY_MILLIS,
  maxFileAgeMillis: 40,
  purposes: [
    { name: 'security', attributes: [{ key: 'kind', values: ['audit'] }], maxAgeMillis: Number.POSITIVE_INFINITY },
  ],
} satisfies Partial<StoreOptions>;
