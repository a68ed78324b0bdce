import type { ReadRequest } from './requests.ts';
import { OTHER, OWN } from './telemetry.ts';

/** How a request tries to name another tenant than that of its caller. */
export interface Trick {
  readonly name: string;
  apply(request: ReadRequest, headers: Headers): Target;
}

/** Where a request goes, and with which body. */
export interface Target {
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** Names that could be taken for that of the other tenant. */
const NAMES = [
  ...[
    OTHER,
    OTHER.toUpperCase(),
    ` ${OTHER}`,
    `${OTHER} `,
    `${OTHER}\0`,
    `${OTHER}/`,
    `${OWN}|${OTHER}`,
    `${OTHER}|${OWN}`,
  ],
  ...[
    `${OWN},${OTHER}`,
    `../${OTHER}`,
    `${OWN}/../${OTHER}`,
    `./${OTHER}`,
    `%75mbra`,
    '*',
    '',
    '.',
    '..',
    '__proto__',
    'default',
  ],
];

const plain = ({ path, query, body }: ReadRequest): Target => ({ path, query: Object.entries(query), body });

function withParameter(name: string, values: readonly string[]): Trick['apply'] {
  return (request) => {
    const target = plain(request);
    const added = values.map((value) => [name, value] as const);
    // A body replaces the parameters of the path.
    const body = target.body && withField(target.body, name, values.length === 1 ? values[0] : values);
    return { ...target, query: [...target.query, ...added], body };
  };
}

function withField(body: Readonly<Record<string, unknown>>, name: string, value: unknown): Record<string, unknown> {
  const { params } = body as { readonly params?: { readonly arguments?: object } };
  if (params !== undefined)
    return { ...body, params: { ...params, arguments: { ...params.arguments, [name]: value } } };
  const { requests } = body as { readonly requests?: readonly string[] };
  if (requests !== undefined)
    return { ...body, requests: requests.map((path) => `${path}&${name}=${encodeURIComponent(String(value))}`) };
  return { ...body, [name]: value };
}

function withHeader(name: string, value: string): Trick['apply'] {
  return (request, headers) => {
    try {
      headers.set(name, value);
    } catch {
      // Not a value that a client can send.
    }
    return plain(request);
  };
}

function withPath(change: (path: string) => string): Trick['apply'] {
  return (request) => ({ ...plain(request), path: change(request.path) });
}

/** The tricks, most of them for each name. */
export const TRICKS: readonly Trick[] = [
  { name: 'nothing', apply: plain },
  ...NAMES.flatMap((name): Trick[] => [
    { name: `tenant=${JSON.stringify(name)}`, apply: withParameter('tenant', [name]) },
    { name: `x-scope-orgid: ${JSON.stringify(name)}`, apply: withHeader('x-scope-orgid', name) },
  ]),
  ...['x-tenant', 'x-tenant-id', 'x-prometheus-tenant', 'x-forwarded-tenant', 'x-org-id', 'tenant'].map(
    (name): Trick => ({ name, apply: withHeader(name, OTHER) }),
  ),
  ...['Tenant', 'tenant[]', 'tenants', 'org', 'orgId', 'database', 'db', 'directory'].map(
    (name): Trick => ({ name: `${name}=`, apply: withParameter(name, [OTHER]) }),
  ),
  { name: 'tenant twice', apply: withParameter('tenant', [OWN, OTHER]) },
  { name: 'tenant twice, reversed', apply: withParameter('tenant', [OTHER, OWN]) },
  {
    name: 'header of the own, parameter of the other tenant',
    apply(request, headers) {
      headers.set('x-scope-orgid', OWN);
      return withParameter('tenant', [OTHER])(request, headers);
    },
  },
  {
    name: 'header of the other, parameter of the own tenant',
    apply(request, headers) {
      headers.set('x-scope-orgid', OTHER);
      return withParameter('tenant', [OWN])(request, headers);
    },
  },
  { name: 'double slashes', apply: withPath((path) => path.replaceAll('/', '//')) },
  { name: 'path of the other tenant', apply: withPath((path) => `/${OTHER}${path}`) },
  { name: 'dots', apply: withPath((path) => `/api/v1/../..${path}`) },
  { name: 'encoded slashes', apply: withPath((path) => `/${path.slice(1).replaceAll('/', '%2f')}`) },
  { name: 'path parameters', apply: withPath((path) => `${path};tenant=${OTHER}`) },
];
