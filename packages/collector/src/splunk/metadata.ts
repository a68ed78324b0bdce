import { z } from '../component/schema.ts';

/** The attribute with the token of a request. */
export const TOKEN_ATTRIBUTE = 'com.splunk.hec.access_token';

/** Returns the field for the attributes that correspond to the metadata of events. */
export function metadataField(description: string) {
  return z
    .object({
      source: z.string().prefault('com.splunk.source').describe('Attribute for the source.'),
      sourcetype: z.string().prefault('com.splunk.sourcetype').describe('Attribute for the source type.'),
      index: z.string().prefault('com.splunk.index').describe('Attribute for the index.'),
      host: z.string().prefault('host.name').describe('Attribute for the host.'),
    })
    .prefault({})
    .describe(description);
}

/** The attributes that correspond to the metadata of events. */
export type MetadataAttributes = z.output<ReturnType<typeof metadataField>>;

/** The metadata of events. */
export const METADATA = ['host', 'source', 'sourcetype', 'index'] as const;
