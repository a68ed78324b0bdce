import { AttributeEditor, SPAN_FIELDS } from '@otelier/otlp';
import { patternText } from '../component/fields/pattern.ts';
import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { compileMatch } from '../match/items.ts';
import { matchIssues, matchPropertiesField } from '../match/properties.ts';
import { spanNaming } from './span/naming.ts';
import { statusOf } from './span/status.ts';

const pattern = patternText();

export const span = defineRewriter({
  summary: 'Builds span names from attributes, extracts attributes from span names, and sets the span status.',
  stability: 'alpha',
  signals: ['traces'],
  keepsNoBytes: true,
  config: z
    .object({
      include: matchPropertiesField('Spans to process. Without it, all spans are processed.'),
      exclude: matchPropertiesField('Spans to leave unchanged.'),
      name: z
        .object({
          fromAttributes: z
            .array(z.string())
            .prefault([])
            .describe(
              'Attributes whose values form the new name, in this order. Spans that lack any of them keep their name.',
            ),
          separator: z.string().prefault('').describe('String between the values.'),
          toAttributes: z
            .object({
              rules: z
                .array(pattern)
                .prefault([])
                .describe(
                  'Regular expressions. Each named group becomes an attribute, and is replaced in the span name with its name in braces. Each rule applies to the result of the previous one.',
                ),
              breakAfterMatch: z
                .boolean()
                .prefault(false)
                .describe('Whether to stop after the first rule that matches.'),
              keepOriginalName: z.boolean().prefault(false).describe('Whether spans keep their original name.'),
            })
            .prefault({})
            .describe('Attributes extracted from the span name.'),
        })
        .prefault({})
        .describe('Span name changes. Names are built from attributes before attributes are extracted from them.'),
      status: z
        .object({
          code: z.enum(['Unset', 'Ok', 'Error']).describe('Status code.'),
          description: z.string().prefault('').describe('Status message, only for `Error`.'),
        })
        .refine(({ code, description }) => description === '' || code === 'Error', {
          error: 'expected a description only for the code Error',
          path: ['description'],
        })
        .optional()
        .describe('Status to set.'),
    })
    .refine(
      ({ name, status }) => status !== undefined || [name.fromAttributes, name.toAttributes.rules].flat().length > 0,
      {
        error: 'expected `name.from_attributes`, `name.to_attributes.rules` or `status`',
      },
    ),
  examples: [
    {
      title: 'Replace IDs in the names of spans',
      config: { name: { to_attributes: { rules: [String.raw`^/orders/(?P<order_id>\d+)/pay$`] } } },
    },
    {
      title: 'Name database spans by their operation',
      config: {
        include: { match_type: 'regexp', services: ['^db-'] },
        name: { from_attributes: ['db.operation.name', 'db.collection.name'], separator: ' ' },
      },
    },
  ],
  check: (config, { signals }) => matchIssues(config, signals),
  hooks({ include, exclude, name, status }, { signal }) {
    const matches = compileMatch({ include, exclude }, signal);
    const rename = spanNaming(name);
    const setStatus = status === undefined ? undefined : statusOf(status);
    const editor = new AttributeEditor();
    return {
      item(cursor) {
        if (matches !== undefined && !matches(cursor)) return 'keep';
        editor.reset(cursor.bytes, cursor.start, cursor.end, SPAN_FIELDS.attributes);
        rename(cursor, editor);
        editor.record(cursor.splices);
        setStatus?.(cursor);
        return 'keep';
      },
    };
  },
});
