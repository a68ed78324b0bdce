import { typeOf, WIRE } from '../attribute-types.ts';
import type { AttributesBuilder } from '../attributes.ts';
import { splitKeyValue } from '../json.ts';
import type { KernelStep } from './item-kernel.ts';

/**
 * Returns the step after a node of the attributes of a builder for the KeyValue `[at, end)`, or `undefined` if it has no
 * column or an unusual encoding.
 */
export function resolveStep(
  attributes: AttributesBuilder,
  node: number,
  source: Uint8Array,
  view: DataView,
  at: number,
  end: number,
): KernelStep | undefined {
  const { keys, nodes, slots } = attributes;
  const { keyFrom, keyTo, valueFrom, valueTo, plain } = splitKeyValue(source, at, end);
  if (!plain || keyFrom !== at + 2) return undefined;
  const key = keys.intern(source, view, keyFrom, keyTo - keyFrom);
  if (key === 0) return undefined;
  // A repeated key cannot be stored.
  for (let earlier = node; earlier !== 0; earlier = nodes.first[earlier]) {
    if (slots.first[nodes.second[earlier]] === key) return undefined;
  }
  const type = typeOf(source, view, valueFrom, valueTo);
  const found = type === WIRE ? undefined : attributes.follow(node, key, type);
  return found && { ...found, type, valueOffset: keyTo - at };
}
