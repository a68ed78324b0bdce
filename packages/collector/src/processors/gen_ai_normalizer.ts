import {
  AttributeEditor,
  editAttributes,
  findField,
  forEachPayload,
  type ItemCursor,
  payloadEnd,
  payloadStart,
  readKey,
  replaceField,
  SCHEMA_URL_FIELD,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
} from '@otelier/otlp';
import { defineRewriter } from '../component/rewriter.ts';
import { bytesField, stringField } from '../ottl/record/encode.ts';
import { genAiNormalizerConfig, sourcesOf } from './gen_ai_normalizer/config.ts';
import { createNormalizer, type Normalizer } from './gen_ai_normalizer/normalizer.ts';

const SCHEMA_URL = stringField(SCHEMA_URL_FIELD, 'https://opentelemetry.io/schemas/1.40.0');

export const genAiNormalizer = defineRewriter({
  summary: 'Renames attributes of generative AI libraries to the OpenTelemetry semantic conventions.',
  stability: 'development',
  signals: ['traces'],
  aliases: ['genainormalizer'],
  config: genAiNormalizerConfig,
  examples: [
    {
      title: 'OpenInference and own attributes',
      config: {
        sources: {
          openinference: { remove_originals: true },
          custom: { custom_mappings: { 'my_vendor.model': 'gen_ai.request.model' } },
        },
      },
    },
  ],
  describe: ({ sources }) =>
    sourcesOf(sources)
      .map(({ name }) => name)
      .join(', '),
  hooks({ sources }) {
    const normalizers = sourcesOf(sources).map(createNormalizer);
    const editor = new AttributeEditor();
    let isScopeChanged = false;
    return {
      scope() {
        isScopeChanged = false;
        return 'keep';
      },
      item({ bytes, start, end, splices }) {
        if (isRelevant(normalizers, bytes, start, end, SPAN_FIELDS.attributes)) {
          editor.reset(bytes, start, end, SPAN_FIELDS.attributes);
          for (const { normalize } of normalizers) if (normalize(editor)) isScopeChanged = true;
          editor.record(splices);
        }
        forEachPayload(bytes, start, end, SPAN_FIELDS.events, (from, to, fieldStart) => {
          if (!isRelevant(normalizers, bytes, from, to, SPAN_EVENT_FIELDS.attributes)) return;
          const event = editAttributes({ bytes, start: from, end: to }, SPAN_EVENT_FIELDS.attributes, (attributes) => {
            for (const { normalize } of normalizers) if (normalize(attributes)) isScopeChanged = true;
          });
          if (event !== undefined) splices.replace(fieldStart, to, bytesField(SPAN_FIELDS.events, event));
        });
        return 'keep';
      },
      leave(kind, cursor) {
        if (kind === 'scope' && isScopeChanged) setSchemaUrl(cursor);
        return 0;
      },
    };
  },
});

/** Reports whether a message has an attribute that a source renames, so that other messages need not be decoded. */
function isRelevant(
  normalizers: readonly Normalizer[],
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
): boolean {
  let isFound = false;
  forEachPayload(bytes, start, end, field, (from, to) => {
    if (isFound) return;
    const key = readKey(bytes, from, to);
    isFound = normalizers.some((normalizer) => normalizer.isRelevant(key));
  });
  return isFound;
}

/** Sets the schema URL of a scope that has none, because its spans now follow the conventions. */
function setSchemaUrl({ bytes, scopeGroupStart: start, scopeGroupEnd: end, splices }: ItemCursor): void {
  const value = findField(bytes, start, end, SCHEMA_URL_FIELD);
  if (value >= 0 && payloadEnd(bytes, value) > payloadStart(bytes, value)) return;
  replaceField(splices, bytes, start, end, SCHEMA_URL_FIELD, SCHEMA_URL);
}
