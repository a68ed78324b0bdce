import { z } from '@hono/zod-openapi';
import { jsonValue } from './schemas.ts';

/** What the page saves: boards, queries, searches for traces and log records, and which errors are set aside. */
export const DOCUMENT_KINDS = ['board', 'query', 'search', 'triage'] as const;

const entry = {
  kind: z.enum(DOCUMENT_KINDS),
  id: z.string().describe('Unique among the documents of its kind.'),
  name: z.string(),
  revision: z.number().describe('Increases by one with each change.'),
  updatedMillis: z.number(),
};

export const documentEntry = z.object({ ...entry, sizeBytes: z.number() }).openapi('DocumentEntry');

export const documentsResponse = z.object({ documents: z.array(documentEntry) }).openapi('DocumentsResponse');

export const documentResponse = z.object({ ...entry, content: jsonValue }).openapi('DocumentResponse');

export const savedDocument = z.object(entry).openapi('SavedDocument');

export const removedDocument = z.object({ removed: z.boolean() }).openapi('RemovedDocument');
