import { z } from '@hono/zod-openapi';
import {
  DOCUMENT_KINDS,
  documentResponse,
  documentsResponse,
  removedDocument,
  savedDocument,
} from '../api/documents.ts';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { jsonValue } from '../api/schemas.ts';
import { choice, rangeParameters } from '../request/parameters.ts';
import { defineEndpoint } from './endpoint.ts';

const kind = z
  .enum(DOCUMENT_KINDS, {
    error: ({ input }) => `expected ${DOCUMENT_KINDS.join(' or ')}, got ${JSON.stringify(input)}`,
  })
  .openapi({ description: 'Kind of the document.' });
const id = z
  .string({ error: 'expected an ID' })
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, {
    error: ({ input }) =>
      `expected up to 64 lowercase letters, digits and hyphens, got ${JSON.stringify(String(input).slice(0, 80))}`,
  })
  .openapi({ description: 'ID of the document.', example: 'payment' });
const revision = z
  .int('expected a whole number')
  .min(0, 'expected 0 or a revision')
  .openapi({ description: 'Revision that was read. 0 creates the document.' });

export const documents = defineEndpoint({
  path: '/api/v1/documents',
  permission: 'telemetry:read',
  summary: 'Returns the documents that the page has saved: boards, queries, searches, or errors that are set aside.',
  parameters: z.object({
    kind: choice(DOCUMENT_KINDS, 'board', 'Kind of the documents.'),
    tenant: rangeParameters.tenant,
  }),
  response: documentsResponse,
  handle: ({ kind: wanted }, context) => ({ documents: context.documents().list(wanted) }),
});

export const document = defineEndpoint({
  path: '/api/v1/documents/{kind}/{id}',
  permission: 'telemetry:read',
  summary: 'Returns a document with its content.',
  parameters: z.object({ kind, id, tenant: rangeParameters.tenant }),
  response: documentResponse,
  handle(key, context) {
    const found = context.documents().read(key.kind, key.id);
    if (found === undefined) throw new ApiProblem('not_found', `id: there is no ${key.kind} ${JSON.stringify(key.id)}`);
    return found;
  },
});

export const saveDocument = defineEndpoint({
  method: 'post',
  path: '/api/v1/documents/save',
  permission: 'documents:write',
  summary: 'Saves a document, unless someone else has changed it since the revision that was read.',
  parameters: z.object({
    kind,
    id,
    name: z
      .string({ error: 'expected a name' })
      .min(1, 'expected a name, got none')
      .max(LIMITS.documentName, `expected at most ${LIMITS.documentName} characters`),
    content: jsonValue,
    revision,
  }),
  response: savedDocument,
  handle: (request, context) => context.documents().save(request),
});

export const removeDocument = defineEndpoint({
  method: 'post',
  path: '/api/v1/documents/remove',
  permission: 'documents:write',
  summary: 'Removes a document, unless someone else has changed it since the revision that was read.',
  parameters: z.object({ kind, id, revision }),
  response: removedDocument,
  handle: async (request, context) => ({ removed: await context.documents().remove(request) }),
});
