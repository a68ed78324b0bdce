import { AttributeEditor, EncodedAttribute, RESOURCE_FIELDS, Splices } from '@otelier/otlp';
import type { Consumer, SignalConsumers } from '../../component/contract.ts';
import { type Hooks, rewriteBatch } from '../../component/rewriter.ts';

/** Returns consumers that add attributes to resources that lack them, and pass batches on. */
export function withAttributes(next: SignalConsumers, attributes: Readonly<Record<string, string>>): SignalConsumers {
  const hooks = insertion(attributes);
  if (hooks === undefined) return next;
  const adding = ([signal, consumer]: [string, Consumer]): [string, Consumer] => [
    signal,
    {
      consume: (batch) => rewriteBatch(batch, [hooks], consumer, {}),
      whenWritable: consumer.whenWritable?.bind(consumer),
      whenBelowHighWaterMark: consumer.whenBelowHighWaterMark?.bind(consumer),
    },
  ];
  return Object.fromEntries(Object.entries(next).map(adding));
}

function insertion(attributes: Readonly<Record<string, string>>): Hooks | undefined {
  const encoded = Object.entries(attributes).map(([key, value]) => EncodedAttribute.of(key, value));
  if (encoded.length === 0) return undefined;
  const editor = new AttributeEditor();
  return {
    resource({ bytes, resourceStart, resourceEnd }) {
      editor.reset(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
      for (const attribute of encoded) if (!editor.has(attribute.key)) editor.set(attribute);
      const splices = new Splices();
      return editor.record(splices) ? splices.apply(bytes, resourceStart, resourceEnd) : 'keep';
    },
  };
}
