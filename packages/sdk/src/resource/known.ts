import type { Attributes } from '../attributes/attribute-list.ts';

/** The attributes without those that could not be found, which would hide what others have found. */
export function known(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
