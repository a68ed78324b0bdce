import { GROUP_SCHEMA, USER_SCHEMA } from './resources.ts';

const CONFIG_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';
const TYPE_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';
const SCHEMA_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema';
export const MAX_RESULTS = 500;

/** Returns what the server supports (RFC 7643, section 5). */
export function serviceProviderConfig(base: string): object {
  const no = { supported: false };
  return {
    schemas: [CONFIG_SCHEMA],
    patch: { supported: true },
    bulk: { ...no, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: MAX_RESULTS },
    ...{ changePassword: no, sort: { supported: true }, etag: no },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'API key',
        description: 'An API key of a service account, as a bearer token.',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  };
}

/** Returns the types of resources. */
export function resourceTypes(base: string): readonly { readonly id: string }[] {
  return [
    { id: 'User', schema: USER_SCHEMA },
    { id: 'Group', schema: GROUP_SCHEMA },
  ].map(({ id, schema }) => ({
    ...{ schemas: [TYPE_SCHEMA], id, name: id, endpoint: `/${id}s`, schema },
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${id}` },
  }));
}

const attribute = (name: string, more: object = {}): object => ({
  ...{ name, type: 'string', multiValued: false, required: false, caseExact: false },
  ...{ mutability: 'readWrite', returned: 'default', uniqueness: 'none' },
  ...more,
});
const object = (name: string, subAttributes: readonly object[], more: object = {}): object =>
  attribute(name, { type: 'complex', subAttributes, ...more });

/** Returns the schemas of resources, as far as the server uses their attributes. */
export function schemas(base: string): readonly { readonly id: string }[] {
  const described = (id: string, name: string, attributes: readonly object[]) => ({
    ...{ schemas: [SCHEMA_SCHEMA], id, name, attributes },
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${id}` },
  });
  return [
    described(USER_SCHEMA, 'User', [
      attribute('userName', { required: true, uniqueness: 'server' }),
      object(
        'name',
        ['formatted', 'givenName', 'familyName'].map((name) => attribute(name)),
      ),
      attribute('displayName'),
      object('emails', [attribute('value'), attribute('type'), attribute('primary', { type: 'boolean' })], {
        multiValued: true,
      }),
      attribute('active', { type: 'boolean' }),
      object('groups', [attribute('value'), attribute('display')], { multiValued: true, mutability: 'readOnly' }),
    ]),
    described(GROUP_SCHEMA, 'Group', [
      attribute('displayName', { required: true, uniqueness: 'server' }),
      object('members', [attribute('value', { mutability: 'immutable' })], { multiValued: true }),
    ]),
  ];
}
