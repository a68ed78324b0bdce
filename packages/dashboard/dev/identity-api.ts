import type {
  Account,
  ApiKey,
  AuditEntry,
  Invitation,
  Person,
  Role,
  ServiceAccount,
  Session,
  Tenant,
} from '@otelier/query';
import type { FixtureResponse } from './documents-api.ts';

const DAY = 86_400_000;
const PERMISSIONS = ['telemetry:read', 'telemetry:write', 'telemetry:export', 'restricted:read', 'documents:write'];
const MANAGING = [
  'operations:read',
  'telemetry:delete',
  'people:manage',
  'keys:manage',
  'tenants:manage',
  'audit:read',
];
const HOSTILE = `<b>${'x'.repeat(120)}</b>`;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** Who signs in. */
export type FixtureRole = 'admin' | 'editor' | 'auditor' | 'viewer';

const GRANTED: Readonly<Record<FixtureRole, readonly string[]>> = {
  admin: [...PERMISSIONS, ...MANAGING],
  editor: PERMISSIONS,
  auditor: ['audit:read'],
  viewer: ['telemetry:read'],
};

/** The accounts of a simulated gateway. Without a role, no one signs in. */
export class FixtureIdentity {
  role: FixtureRole | undefined;
  readonly #people: Person[];
  readonly #keys: ApiKey[];
  readonly #roles: Role[];
  readonly #invitations: Invitation[] = [];
  readonly #serviceAccounts: ServiceAccount[];
  readonly #audit: AuditEntry[];
  #sessions: Session[];
  #nextId = 1;

  constructor() {
    const now = Date.now();
    const person = (
      name: string,
      role: string,
      tenant: string,
      minutes: number,
      more: Partial<Person> = {},
    ): Person => ({
      ...{ id: name, email: `${name}@shop.test`, name, state: 'active', grants: [{ role, tenant }] },
      ...{
        hasPassword: true,
        hasSecondFactor: true,
        hasPasskey: false,
        createdMillis: now - 90 * DAY,
        seenMillis: now - minutes * 60_000,
      },
      ...more,
    });
    this.#people = [
      person('dev-1', 'admin', '*', 0, { hasSecondFactor: false }),
      person('ops-2', 'admin', '*', 3),
      person('dev-3', 'editor', 'shop', 125),
      person('dev-4', 'editor', 'shop', 34, { hasSecondFactor: false }),
      person('on-call', 'viewer', 'shop', 380),
      person('auditor', 'viewer', '*', 12 * 1440, { state: 'locked' }),
      person(HOSTILE, 'viewer', '*', 1, { id: 'hostile' }),
    ];
    const key = (id: string, name: string, role: string, usedMinutes?: number, days?: number): ApiKey => ({
      ...{ id: `otl_${id}`, name, role, tenant: 'shop', createdBy: 'user:dev-1@shop.test' },
      createdMillis: now - 120 * DAY,
      ...(usedMinutes !== undefined && { usedMillis: now - usedMinutes * 60_000 }),
      ...(days !== undefined && { expiresMillis: now + days * DAY }),
    });
    this.#keys = [
      key('1a2b3c4d5e6f', 'shop, senders', 'ingest', 0, 212),
      key('9f8e7d6c5b4a', 'prometheus', 'ingest', 1, 212),
      key('0f1e2d3c4b5a', 'Grafana', 'viewer', 1, 9),
      key('77aa88bb99cc', 'CI, tests', 'editor', 180, -1),
      key('cafe01cafe02', 'shop, until 2.6', 'ingest'),
    ];
    this.#serviceAccounts = [
      { id: 'sa1', name: 'grafana', state: 'active', grants: [{ role: 'viewer', tenant: 'shop' }], createdMillis: now },
    ];
    const all = [...PERMISSIONS, ...MANAGING];
    this.#roles = [
      { name: 'admin', permissions: all, masked: [], isBuiltIn: true },
      { name: 'editor', permissions: PERMISSIONS, masked: [], isBuiltIn: true },
      { name: 'viewer', permissions: ['telemetry:read', 'operations:read'], masked: [], isBuiltIn: true },
      { name: 'ingest', permissions: ['telemetry:write'], masked: [], isBuiltIn: true },
      { name: 'support', permissions: ['telemetry:read'], masked: ['enduser.*', 'client.address'], isBuiltIn: false },
    ];
    const session = (id: string, user: string, minutes: number, device: string): Session => ({
      ...{ id, user, device, address: `10.4.2.${minutes + 17}`, createdMillis: now - DAY },
      ...{ seenMillis: now - minutes * 60_000, expiresMillis: now + 6 * DAY },
    });
    this.#sessions = [
      session('s1', 'dev-1', 0, FIREFOX),
      session('s2', 'dev-1', 34, 'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/26.0 Safari/604.1'),
      session('s3', 'ops-2', 3, 'Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36'),
    ];
    this.#audit = Array.from({ length: 260 }, (_, index) => auditEntry(index, now));
  }

  /** Handles a request; `undefined` for another path, and for those of accounts without identity. */
  handle(path: string, params: URLSearchParams, body: unknown): FixtureResponse | undefined {
    if (path === '/account') return ok(this.#account());
    if (this.role === undefined) return undefined;
    const posted = (body ?? {}) as Readonly<Record<string, never>>;
    const results: Readonly<Record<string, () => unknown>> = {
      '/people': () => ({ people: this.#people }),
      '/people/create': () => this.#create(posted),
      '/people/invitations': () => ({ invitations: this.#invitations }),
      '/people/invite': () => this.#invite(posted),
      '/service-accounts': () => ({ serviceAccounts: this.#serviceAccounts }),
      '/roles': () => ({ roles: this.#roles, permissions: [...PERMISSIONS, ...MANAGING] }),
      '/roles/save': () => this.#roles.push({ ...(posted as unknown as Role), isBuiltIn: false }),
      '/keys': () => ({ keys: this.#keys }),
      '/keys/create': () => this.#createKey(posted),
      '/keys/rotate': () => this.#createKey({ ...(this.#keys.find(({ id }) => id === posted['id']) as ApiKey) }),
      '/keys/revoke': () =>
        this.#keys.splice(
          this.#keys.findIndex(({ id }) => id === posted['id']),
          1,
        ),
      '/sessions': () => ({ sessions: this.#sessions }),
      '/tenants': () => ({ tenants: TENANTS }),
      '/audit': () => this.#search(params),
      '/audit/verify': () => ({ kind: 'intact', entries: this.#audit.length, hash: 'e7b0'.repeat(16) }),
      '/account/second-factor/start': () => ({ secret: 'JBSWY3DPEHPK3PXP', link: 'otpauth://totp/otelier:dev-1' }),
      '/account/second-factor/confirm': () => ({ codes: ['aaaa-bbbb-cccc-dddd', 'eeee-ffff-gggg-hhhh'] }),
    };
    if (/^\/(account\/)?sessions\/revoke$/.test(path)) {
      this.#sessions = this.#sessions.filter(({ id }) => id !== posted['id']);
      return ok({ changed: true });
    }
    if (path === '/account/password' && posted['current'] !== 'right password')
      return {
        status: 400,
        body: { error: { code: 'bad_request', message: 'password: expected the current one, got another' } },
      };
    const found =
      results[path]?.() ??
      (/^\/(people|account|roles|tenants|service-accounts)\//.test(path) ? { changed: true } : undefined);
    return found === undefined ? undefined : ok(found);
  }

  /** What the person who signed in may do. */
  get permissions(): readonly string[] {
    return this.role === undefined ? [] : GRANTED[this.role];
  }

  #account(): Account {
    const [first] = this.#people;
    return {
      ...{
        subject: this.role === undefined ? 'local' : 'user:dev-1@shop.test',
        tenant: 'default',
        tenants: 'all',
        masked: [],
      },
      kind: this.role === undefined ? 'local' : 'user',
      permissions: this.role === undefined ? ['telemetry:read'] : [...this.permissions],
      hasIdentity: this.role !== undefined,
      ...(this.role !== undefined &&
        first !== undefined && {
          person: {
            ...first,
            session: 's1',
            sessions: this.#sessions.filter(({ user }) => user === 'dev-1'),
            recoveryCodes: 0,
            passkeys: [{ id: 'pk1', name: 'phone', createdMillis: Date.now() - DAY }],
          },
        }),
    };
  }

  #create(person: Partial<Person>): object {
    const id = `p${this.#nextId++}`;
    this.#people.push({
      ...{
        id,
        email: '',
        name: '',
        state: 'active',
        grants: [],
        hasPassword: true,
        hasSecondFactor: false,
        hasPasskey: false,
      },
      createdMillis: Date.now(),
      ...person,
    });
    return { id };
  }

  #invite({ email = '', grants = [] }: Partial<Invitation>): object {
    const id = `i${this.#nextId++}`;
    const expiresMillis = Date.now() + 7 * DAY;
    const createdBy = 'user:dev-1@shop.test';
    this.#invitations.push({ id, email, grants, createdBy, createdMillis: Date.now(), expiresMillis });
    return { id, path: `/sign-in/invitation?token=${'t'.repeat(43)}`, expiresMillis };
  }

  #createKey(key: Partial<ApiKey>): object {
    const id = `otl_${String(this.#nextId++).padStart(12, '0')}`;
    const defaults = { name: '', role: 'ingest', tenant: '*', createdBy: 'user:dev-1@shop.test' };
    this.#keys.push({ ...defaults, ...key, id, createdMillis: Date.now() });
    return { id, text: `${id}_${'s'.repeat(43)}` };
  }

  #search(params: URLSearchParams): object {
    const wanted = (params.get('search') ?? '').toLowerCase();
    const before = Number(params.get('before') ?? Number.POSITIVE_INFINITY);
    const limit = Number(params.get('limit') ?? 100);
    const found = this.#audit.filter(
      (entry) => entry.sequence < before && JSON.stringify(entry).toLowerCase().includes(wanted),
    );
    const entries = found.toReversed().slice(0, limit);
    return { entries, ...(found.length > limit && { next: entries.at(-1)?.sequence }) };
  }
}

const ACTIONS = [
  ['sign_in', 'dev-1@shop.test', 'allowed'],
  ['POST /api/v1/config/apply', undefined, 'allowed'],
  ['sign_in', 'dev-4@shop.test', 'denied'],
  ['key.create', 'otl_1a2b3c4d5e6f shop, senders: ingest', 'allowed'],
  ['user.roles', `${HOSTILE}: viewer in shop`, 'allowed'],
] as const;

function auditEntry(index: number, now: number): AuditEntry {
  const [action, target, outcome] = ACTIONS[index % ACTIONS.length] ?? ACTIONS[0];
  return {
    ...{ sequence: index + 1, action, outcome, previous: '0'.repeat(64), address: '10.4.2.17' },
    timeMillis: now - (260 - index) * 700_000,
    subject: outcome === 'denied' ? 'unknown' : 'user:dev-1@shop.test',
    ...(target !== undefined && { target }),
    isIntact: index !== 255,
  };
}

const TENANTS: readonly Tenant[] = ['shop', 'search', 'staging', HOSTILE].map((tenant, index) => ({
  ...{ tenant, displayName: tenant, state: index === 2 ? 'suspended' : 'active', definedBy: 'identity' },
  ...{ limits: index === 3 ? {} : { ingestItemsPerSecond: 25_000, diskBytes: 6e9 }, ownLimits: {} },
  usage: {
    ...{ tenant, state: 'active', receivedItems: 1e6, receivedBytes: 1e9, inFlightBytes: 0, bytesPerSecond: 1e6 },
    ...{ itemsPerSecond: 17_905 / (index + 1) ** 3, rejectedRequests: index === 1 ? 27 : 0 },
    ...{ storedBytes: 2.6e9 / (index + 1) ** 2, storedRows: 1e6, pendingRows: 0, queries: 412 - index * 90 },
    ...{ rejectedQueries: 0, connections: 0, activeSeries: 0 },
  },
}));

function ok(body: unknown): FixtureResponse {
  return { status: 200, body };
}
