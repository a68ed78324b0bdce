import { type RouteConfig, z } from '@hono/zod-openapi';
import { SCIM_PATH } from './routes.ts';

const text = z.string().max(1000);
const user = {
  userName: text.openapi({
    description: 'Unique name at the provider, usually the address.',
    example: 'ada@example.com',
  }),
  active: z.boolean().optional().openapi({ description: '`false` locks the account and ends its sessions.' }),
  displayName: text.optional(),
  name: z.object({ formatted: text.optional(), givenName: text.optional(), familyName: text.optional() }).optional(),
  emails: z.array(z.object({ value: text.optional(), primary: z.boolean().optional() })).optional(),
  externalId: text.optional(),
};
const group = {
  displayName: text,
  externalId: text.optional(),
  members: z.array(z.object({ value: text })).optional(),
};
const meta = {
  id: z.string(),
  schemas: z.array(z.string()),
  meta: z.object({ resourceType: z.string(), created: z.string(), lastModified: z.string(), location: z.string() }),
};
const patch = z.object({
  schemas: z.array(z.string()).optional(),
  Operations: z.array(
    z.object({
      op: z.enum(['add', 'replace', 'remove']),
      path: z.string().max(500).optional(),
      value: z.unknown().optional(),
    }),
  ),
});
const error = z
  .object({ schemas: z.array(z.string()), status: z.string(), detail: z.string(), scimType: z.string().optional() })
  .openapi('ScimError');

const MEDIA_TYPES = ['application/scim+json', 'application/json'] as const;

const contentOf = (schema: z.ZodType) =>
  Object.fromEntries(MEDIA_TYPES.map((type) => [type, { schema }])) as Record<string, { readonly schema: z.ZodType }>;
const REJECTIONS = { default: { description: 'Error.', content: { 'application/scim+json': { schema: error } } } };
const id = z.object({ id: z.string().openapi({ description: 'ID of the resource.' }) });
const shown = {
  attributes: z.string().optional().openapi({ description: 'Attributes to return, separated by commas.' }),
  excludedAttributes: z.string().optional().openapi({ description: 'Attributes not to return.' }),
};
const listed = z.object({
  filter: z
    .string()
    .optional()
    .openapi({ description: 'Filter of RFC 7644.', example: 'userName eq "ada@example.com"' }),
  sortBy: z.string().optional().openapi({ description: 'Attribute by which resources are sorted.' }),
  sortOrder: z.enum(['ascending', 'descending']).optional(),
  startIndex: z.int().optional(),
  count: z.int().optional(),
  ...shown,
});

/** Returns the paths of the SCIM API (RFC 7644) for the OpenAPI document. */
export function scimPaths(): readonly RouteConfig[] {
  return [...resourcePaths('Users', 'accounts', user), ...resourcePaths('Groups', 'groups', group), ...DISCOVERY];
}

function resourcePaths(name: string, what: string, fields: z.ZodRawShape): readonly RouteConfig[] {
  const body = { required: true, content: contentOf(z.object(fields)) };
  const resource = z.object({ ...meta, ...fields }).openapi(`Scim${name.slice(0, -1)}`);
  const list = z
    .object({
      ...{ schemas: z.array(z.string()), totalResults: z.int(), startIndex: z.int(), itemsPerPage: z.int() },
      Resources: z.array(resource),
    })
    .openapi(`Scim${name}`);
  const described = (schema: z.ZodType) => ({
    description: 'The response.',
    content: { 'application/scim+json': { schema } },
  });
  const all = `${SCIM_PATH}/${name}`;
  const one = `${all}/{id}`;
  const query = z.object(shown);
  const changes = (method: 'put' | 'patch', summary: string, content = body): RouteConfig => ({
    ...{ method, path: one, summary, request: { params: id, query, body: content } },
    responses: { 200: described(resource), ...REJECTIONS },
  });
  return [
    {
      ...{ method: 'get', path: all, summary: `Lists ${what} that the provider manages.`, request: { query: listed } },
      responses: { 200: described(list), ...REJECTIONS },
    },
    {
      ...{ method: 'post', path: all, summary: `Adds to the ${what}.`, request: { query, body } },
      responses: { 201: described(resource), ...REJECTIONS },
    },
    {
      ...{ method: 'get', path: one, summary: `Returns one of the ${what}.`, request: { params: id, query } },
      responses: { 200: described(resource), ...REJECTIONS },
    },
    changes('put', `Replaces one of the ${what}.`),
    changes('patch', `Changes attributes of one of the ${what}.`, { required: true, content: contentOf(patch) }),
    {
      ...{ method: 'delete', path: one, summary: `Removes one of the ${what}.`, request: { params: id } },
      responses: { 204: { description: 'Removed.' }, ...REJECTIONS },
    },
  ];
}

const DISCOVERY: readonly RouteConfig[] = ['ServiceProviderConfig', 'ResourceTypes', 'Schemas'].map((name) => ({
  ...{ method: 'get', path: `${SCIM_PATH}/${name}`, summary: 'Describes the SCIM API (RFC 7643).' },
  responses: {
    200: { description: 'The response.', content: { 'application/scim+json': { schema: z.looseObject({}) } } },
    ...REJECTIONS,
  },
}));
