/** Kinds of keys of certificates. */
export const KEY_TYPES = ['ec256', 'ec384', 'rsa2048', 'rsa4096'] as const;

export type KeyType = (typeof KEY_TYPES)[number];
