import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WireWriter } from '../wire/writer.ts';
import { AttributeEditor, EncodedAttribute, encodeKey } from './attribute-editor.ts';
import { AttributePlan, type AttributeStep } from './attribute-plan.ts';
import { viewOf } from './copy-run.ts';
import { Splices } from './splices.ts';

const KINDS = ['insert', 'update', 'upsert', 'delete'] as const;

/** A message with attributes in a field, some with repeated keys, an unusual field order, or without a key. */
function message(field: number, entries: readonly { key: string; value: string; form: number }[]): Uint8Array {
  const writer = new WireWriter();
  writer.stringField(5, 'name');
  for (const [index, { key, value, form }] of entries.entries()) {
    writer.open(field);
    if (form === 1) writer.bytesField(2, new TextEncoder().encode(`\n${String.fromCharCode(value.length)}${value}`));
    if (form !== 2 || key !== '') writer.stringField(1, key);
    if (form === 0) writer.bytesField(2, new TextEncoder().encode(`\n${String.fromCharCode(value.length)}${value}`));
    writer.close();
    if (index === 1) writer.fixed64Field(8, 7n);
  }
  writer.varintField(300, 1);
  return writer.finish();
}

function changed(bytes: Uint8Array, record: (splices: Splices) => void): string {
  const splices = new Splices();
  record(splices);
  return Buffer.from(splices.apply(bytes)).toString('hex');
}

test('changes the same bytes as an editor', () => {
  const key = fc.constantFrom(
    '',
    'a',
    'b',
    'http.route',
    'http.other',
    'x'.repeat(126),
    'x'.repeat(127),
    'x'.repeat(200),
    'é',
  );
  const entry = fc.record({ key, value: fc.string({ maxLength: 20 }).map(encodeURI), form: fc.nat(2) });
  const step = fc.record({ key, kind: fc.constantFrom(...KINDS) });
  fc.assert(
    fc.property(
      fc.constantFrom(1, 6, 9, 40),
      fc.array(entry, { maxLength: 12 }),
      fc.uniqueArray(step, { selector: (each) => each.key, maxLength: 6 }),
      (field, entries, chosen) => {
        const bytes = message(
          field,
          entries.map((each) => ({ ...each, value: each.value.slice(0, 100) })),
        );
        const steps = chosen.map(
          ({ key: name, kind }): AttributeStep =>
            kind === 'delete'
              ? { kind, key: encodeKey(name) }
              : { kind, attribute: EncodedAttribute.of(name, `new ${kind}`) },
        );
        const plan = AttributePlan.of(steps);
        assert.ok(plan);
        const byEditor = changed(bytes, (splices) => {
          const editor = new AttributeEditor().reset(bytes, 0, bytes.length, field);
          for (const each of steps) {
            if (each.kind === 'delete') editor.delete(each.key);
            else if (editor.has(each.attribute.key) ? each.kind !== 'insert' : each.kind !== 'update')
              editor.set(each.attribute);
          }
          editor.record(splices);
        });
        assert.equal(
          changed(bytes, (splices) => plan.record(bytes, viewOf(bytes), 0, bytes.length, field, splices)),
          byEditor,
        );
        const applied = changed(bytes, (splices) => {
          const editor = new AttributeEditor().reset(bytes, 0, bytes.length, field);
          plan.apply(editor);
          editor.record(splices);
        });
        assert.equal(applied, byEditor);
      },
    ),
    { seed: 20_261_130, numRuns: 1000 },
  );
});

test('is not for steps with the same key, or for too many', () => {
  const steps = (count: number) =>
    Array.from({ length: count }, (_, index): AttributeStep => ({ kind: 'delete', key: encodeKey(`key ${index}`) }));
  assert.ok(AttributePlan.of(steps(30)));
  assert.equal(AttributePlan.of(steps(31)), undefined);
  assert.equal(AttributePlan.of([...steps(2), ...steps(1)]), undefined);
});
