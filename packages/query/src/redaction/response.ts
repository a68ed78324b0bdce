import { z } from '@hono/zod-openapi';

/** The response of `GET /api/v1/redaction/preview`. */
export const redactionPreview = z
  .object({
    items: z.int().openapi({ description: 'Number of stored items that were searched, the newest ones.' }),
    kinds: z
      .array(
        z.object({
          name: z.string(),
          group: z.string().openapi({ description: 'Empty for a kind without a group.' }),
          values: z.int().openapi({ description: 'Number of values of this kind.' }),
          items: z.int().openapi({ description: 'Number of items with such values.' }),
        }),
      )
      .openapi({ description: 'The selected kinds, in the order of the catalog.' }),
    examples: z
      .array(
        z.object({
          kind: z.string(),
          service: z.string(),
          place: z.string().openapi({ description: 'Key of the attribute, or `body`, `name`.' }),
          before: z.string().openapi({ description: 'Text before the value.' }),
          value: z.string(),
          after: z.string().openapi({ description: 'Text after the value.' }),
          masked: z.string().openapi({ description: 'What replaces the value.' }),
        }),
      )
      .openapi({ description: 'Some of the values, at most four of a kind.' }),
  })
  .openapi('RedactionPreview');
