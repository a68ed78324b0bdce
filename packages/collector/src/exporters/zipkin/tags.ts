import { readMap } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';

/** Adds the attributes in a field of a message as texts. */
export function addTags(
  tags: Map<string, string>,
  bytes: Uint8Array,
  start: number,
  end: number,
  attributesField: number,
): void {
  for (const [key, value] of readMap(bytes, start, end, attributesField)) tags.set(key, attributeText(value));
}
