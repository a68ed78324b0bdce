import type { Access, Provisioning } from '@otelier/identity';
import { readJsonBody } from '../request/request-body.ts';
import { MAX_RESULTS, resourceTypes, schemas, serviceProviderConfig } from './discovery.ts';
import { parseFilter } from './filter.ts';
import { applyPatch } from './patch.ts';
import { elementsAt, isObject, type JsonObject, ownName, partsOf } from './paths.ts';
import { ScimProblem, scimProblemOf, scimResponse } from './problem.ts';
import { groupResource, membersOf, personOf, userResource } from './resources.ts';
import { SCIM_PATH } from './routes.ts';

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const MAX_BODY_BYTES = 1_048_576;

/** What a request to the API needs. */
export interface ScimContext {
  readonly access: Access;
  /** Manages accounts and groups; `undefined` if no roles are configured for groups. */
  readonly provisioning: Provisioning | undefined;
  readonly onError: (error: unknown) => void;
}

/** Handles a request to the SCIM 2.0 API (RFC 7644): people and groups of a provider. */
export async function handleScim(request: Request, { access, provisioning, onError }: ScimContext): Promise<Response> {
  try {
    if (provisioning === undefined)
      throw new ScimProblem(404, 'no provisioning: expected `scim` in the extension `identity`, found none');
    const url = new URL(request.url);
    const base = `${url.origin}${SCIM_PATH}`;
    const [kind = '', id, ...rest] = url.pathname.slice(SCIM_PATH.length + 1).split('/');
    const parameters = url.searchParams;
    if (rest.length > 0) throw nothing(url.pathname);
    const described = discovery(kind, base);
    if (described !== undefined) return readOnly(request, described, id, parameters);
    const type = typesOf(provisioning, access, base)[kind];
    if (type === undefined) throw nothing(url.pathname);
    return id === undefined || id === ''
      ? await collection(request, type, parameters)
      : await single(request, type, decodeURIComponent(id), parameters);
  } catch (error) {
    const problem = scimProblemOf(error instanceof URIError ? new ScimProblem(400, 'path: expected an ID') : error);
    if (problem.status === 500) onError(error);
    return problem.toResponse();
  }
}

/** What the API does with one type of resources. */
interface ResourceType {
  list(): readonly JsonObject[];
  get(id: string): JsonObject;
  create(resource: unknown): Promise<JsonObject>;
  replace(id: string, resource: unknown): Promise<JsonObject>;
  remove(id: string): Promise<void>;
}

function typesOf(provisioning: Provisioning, by: Access, base: string): Readonly<Record<string, ResourceType>> {
  return {
    Users: {
      list: () => provisioning.users().map((one) => userResource(one, base)),
      get: (id) => userResource(provisioning.user(id), base),
      create: async (resource) => userResource(await provisioning.createUser(by, personOf(resource)), base),
      replace: async (id, resource) => userResource(await provisioning.replaceUser(by, id, personOf(resource)), base),
      remove: (id) => provisioning.removeUser(by, id),
    },
    Groups: {
      list: () => provisioning.groups().map((one) => groupResource(one, base)),
      get: (id) => groupResource(provisioning.group(id), base),
      create: async (resource) => groupResource(await provisioning.createGroup(by, membersOf(resource)), base),
      replace: async (id, resource) =>
        groupResource(await provisioning.replaceGroup(by, id, membersOf(resource)), base),
      remove: (id) => provisioning.removeGroup(by, id),
    },
  };
}

function discovery(kind: string, base: string): object | readonly { readonly id: string }[] | undefined {
  if (kind === 'ServiceProviderConfig') return serviceProviderConfig(base);
  if (kind === 'ResourceTypes') return resourceTypes(base);
  return kind === 'Schemas' ? schemas(base) : undefined;
}

function readOnly(request: Request, described: object, id: string | undefined, parameters: URLSearchParams): Response {
  if (request.method !== 'GET') throw notAllowed(request);
  if (!Array.isArray(described)) return scimResponse(described);
  if (id === undefined || id === '') return listResponse(described, new URLSearchParams());
  const found = (described as readonly { readonly id: string }[]).find((one) => one.id === decodeURIComponent(id));
  if (found === undefined) throw new ScimProblem(404, `there is no ${JSON.stringify(id.slice(0, 80))}`);
  return scimResponse(selected(found as unknown as JsonObject, parameters));
}

async function collection(request: Request, type: ResourceType, parameters: URLSearchParams): Promise<Response> {
  if (request.method === 'GET') return listResponse(type.list(), parameters);
  if (request.method !== 'POST') throw notAllowed(request);
  const created = await type.create(await readJsonBody(request, MAX_BODY_BYTES));
  const { location } = created['meta'] as { readonly location: string };
  return scimResponse(selected(created, parameters), 201, { location });
}

async function single(
  request: Request,
  type: ResourceType,
  id: string,
  parameters: URLSearchParams,
): Promise<Response> {
  const current = type.get(id);
  switch (request.method) {
    case 'GET':
      return scimResponse(selected(current, parameters));
    case 'PUT':
      return scimResponse(selected(await type.replace(id, await readJsonBody(request, MAX_BODY_BYTES)), parameters));
    case 'PATCH': {
      const patched = applyPatch(current, await readJsonBody(request, MAX_BODY_BYTES));
      return scimResponse(selected(await type.replace(id, patched), parameters));
    }
    case 'DELETE':
      await type.remove(id);
      return new Response(null, { status: 204 });
    default:
      throw notAllowed(request);
  }
}

function listResponse(resources: readonly JsonObject[], parameters: URLSearchParams): Response {
  const filter = parameters.get('filter');
  const matches = filter === null ? undefined : parseFilter(filter);
  const found = sorted(matches === undefined ? resources : resources.filter(matches), parameters);
  const startIndex = Math.max(1, wholeNumber(parameters, 'startIndex', 1));
  const count = Math.min(MAX_RESULTS, Math.max(0, wholeNumber(parameters, 'count', MAX_RESULTS)));
  const shown = found.slice(startIndex - 1, startIndex - 1 + count);
  return scimResponse({
    ...{ schemas: [LIST_SCHEMA], totalResults: found.length, startIndex, itemsPerPage: shown.length },
    Resources: shown.map((one) => selected(one, parameters)),
  });
}

/**
 * Returns resources in the order that a request asks for (RFC 7644, section 3.4.2.3). Those without the attribute are last when
 * ascending, and first when descending.
 */
function sorted(resources: readonly JsonObject[], parameters: URLSearchParams): readonly JsonObject[] {
  const by = parameters.get('sortBy');
  if (by === null) return resources;
  const order = parameters.get('sortOrder') ?? 'ascending';
  if (!/^(?:a|de)scending$/.test(order))
    throw new ScimProblem(400, 'sortOrder: expected ascending or descending', 'invalidValue');
  const keyed = resources.map((resource) => ({ resource, key: sortKey(resource, by) }));
  const sign = order === 'ascending' ? 1 : -1;
  return keyed
    .toSorted((a, b) =>
      a.key === b.key ? 0 : sign * (a.key === undefined || (b.key !== undefined && a.key > b.key) ? 1 : -1),
    )
    .map(({ resource }) => resource);
}

/** Returns what an attribute is compared by: texts without regard to case, of a list its primary or first element. */
function sortKey(resource: JsonObject, path: string): string | undefined {
  const elements = elementsAt(resource, path);
  const element = elements.find((one) => isObject(one) && one['primary'] === true) ?? elements[0];
  const value = isObject(element) ? element['value'] : element;
  return value === undefined || value === null || isObject(value) ? undefined : String(value).toLowerCase();
}

function wholeNumber(parameters: URLSearchParams, name: string, missing: number): number {
  const text = parameters.get(name);
  if (text === null) return missing;
  if (!/^-?\d{1,9}$/.test(text)) throw new ScimProblem(400, `${name}: expected a whole number`, 'invalidValue');
  return Number(text);
}

/** Returns the attributes of a resource that a request asks for; `id` and `schemas` always. */
function selected(resource: JsonObject, parameters: URLSearchParams): JsonObject {
  const namesIn = (parameter: string): ReadonlySet<string> | undefined => {
    const names = parameters
      .get(parameter)
      ?.split(',')
      .filter((name) => name.trim() !== '');
    return names && new Set(names.map((name) => ownName(resource, partsOf(name.trim())[0] ?? '')));
  };
  const [wanted, excluded] = [namesIn('attributes'), namesIn('excludedAttributes')];
  return Object.fromEntries(
    Object.entries(resource).filter(
      ([name]) =>
        name === 'id' ||
        name === 'schemas' ||
        ((wanted === undefined || wanted.has(name)) && excluded?.has(name) !== true),
    ),
  );
}

function nothing(path: string): ScimProblem {
  return new ScimProblem(404, `path: nothing at ${path.slice(0, 200)}`);
}

function notAllowed({ method }: Request): ScimProblem {
  return new ScimProblem(405, `method: ${method} is not possible here`);
}
