import type { ItemCursor } from '@otelier/otlp';

/** Returns the identifier of an item, whose position on the ring determines its endpoint. */
export type IdentifierOf = (item: ItemCursor) => Uint8Array | string;
