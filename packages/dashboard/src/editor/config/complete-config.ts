import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { descriptionOf, expectedAt, kindOf, LIST, loadConfigSchema, type Schema } from './config-schema.ts';
import { idsIn, placeAt, type YamlPlace } from './yaml-place.ts';

/** Completes keys, values and component IDs of a configuration from its schema. */
export async function completeConfig(context: CompletionContext): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  const place = placeAt(text, context.pos);
  if (place === undefined || (place.word === '' && !context.explicit)) return null;
  const schema = await loadConfigSchema();
  if (schema === undefined || context.aborted) return null;
  const options = [...referencesAt(text, place), ...optionsAt(schema, place)];
  return options.length === 0 ? null : { from: place.from, options, validFor: /^[\w./-]*$/ };
}

function optionsAt(schema: Schema, { path, kind, siblings }: YamlPlace): readonly Completion[] {
  const { keys, values } = expectedAt(schema, path);
  if (kind === 'value') return values.map((value) => ({ label: value, type: 'enum' }));
  return [...keys]
    .filter(([key]) => !siblings.has(key))
    .map(([key, value]) => ({
      label: key,
      type: 'property',
      detail: kindOf(schema, value),
      info: descriptionOf(schema, value),
      apply: `${key}: `,
    }));
}

/** Sections that references in a list name, by the key of the list. */
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  receivers: ['receivers', 'connectors'],
  processors: ['processors'],
  exporters: ['exporters', 'connectors'],
  extensions: ['extensions'],
};

function referencesAt(text: string, { path, kind }: YamlPlace): readonly Completion[] {
  const key = path.at(-2) ?? '';
  if (kind !== 'value' || path[0] !== 'service' || path.at(-1) !== LIST || !Object.hasOwn(SECTIONS, key)) return [];
  return (SECTIONS[key] ?? []).flatMap((section) =>
    idsIn(text, section).map((id) => ({ label: id, type: 'variable', detail: section })),
  );
}
