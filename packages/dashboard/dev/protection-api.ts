import type { LegalHold, SignedStatement, StandingErasure, SubjectJob } from '@otelier/query';
import type { FixtureResponse } from './documents-api.ts';

const DAY = 86_400_000;
const HOSTILE = `<b>${'x'.repeat(120)}</b>`;

/** What a simulated store keeps for its purposes. */
export const PURPOSES = {
  purposes: [
    { name: 'billing', items: 81_204, files: 12, removedItems: 0, removedEarly: 0 },
    {
      ...{ name: 'debugging', retentionMillis: DAY, items: 2_310_877, files: 3 },
      ...{ removedItems: 9_200_000, removedEarly: 0 },
    },
    {
      ...{ name: 'security', retentionMillis: 365 * DAY, items: 40_177, files: 12 },
      ...{ removedItems: 0, removedEarly: 3 },
    },
  ],
  ...{ uncountedFiles: 2, removedOthers: 12_000, lastPassMillis: 3 },
};

type Findings = NonNullable<SubjectJob['findings']>;

interface Posted {
  readonly id?: string;
  readonly tenant?: string;
  readonly terms?: readonly { readonly key?: string; readonly value: string }[];
  readonly dryRun?: boolean;
  readonly standing?: boolean;
  readonly reason?: string;
  readonly attributes?: LegalHold['attributes'];
  readonly startMillis?: number;
  readonly proof?: SignedStatement;
}

/** The permissions of which one is enough, by the start of a path. */
const NEEDED: readonly (readonly [start: string, permissions: readonly string[]])[] = [
  ['/subjects/search', ['telemetry:export']],
  ['/subjects/export', ['telemetry:export']],
  ['/subjects/jobs', ['telemetry:export', 'telemetry:delete']],
  ['/subjects/', ['telemetry:delete']],
  ['/holds', ['telemetry:delete']],
];

/** What a simulated gateway does for data protection. Jobs are done when they are asked for a second time. */
export class FixtureProtection {
  readonly #permissions: () => readonly string[];
  readonly #jobs = new Map<string, SubjectJob>();
  #holds: LegalHold[];
  #statements: SignedStatement[] = [];
  #standing: StandingErasure[] = [];
  #nextId = 1;

  constructor(permissions: () => readonly string[]) {
    this.#permissions = permissions;
    const now = Date.now();
    this.#holds = ['case 7', HOSTILE].map((reason, index) => ({
      ...{ id: `hold-${index}`, tenant: 'default', reason, by: 'user:counsel', createdMillis: now - DAY },
      ...(index === 1 && { startMillis: now - 30 * DAY }),
      attributes: index === 0 ? [{ key: 'enduser.id', value: '4217' }] : [],
    }));
    this.#erased({ tenant: 'default', reason: HOSTILE, standing: true, terms: [{ key: 'enduser.id', value: '1' }] });
  }

  /** Handles a request; `undefined` for another path. */
  handle(path: string, body: unknown): FixtureResponse | undefined {
    const needed = NEEDED.find(([start]) => path.startsWith(start))?.[1];
    if (needed === undefined) return undefined;
    if (!needed.some((one) => this.#permissions().includes(one)))
      return problem(403, 'forbidden', `permission: expected ${needed.join(' or ')}, which the caller does not have`);
    const posted = (body ?? {}) as Posted;
    if (posted.terms?.some(({ key, value }) => key === undefined && value.length < 4))
      return problem(400, 'bad_request', 'terms.0: expected at least 4 characters of a text without a key');
    const [, job] = /^\/subjects\/jobs\/(.+)$/.exec(path) ?? [];
    if (job !== undefined) return { status: 200, body: this.#jobs.get(job) };
    const results: Readonly<Record<string, () => unknown>> = {
      '/subjects/search': () => this.#start('search', posted),
      '/subjects/export': () => '{"resourceLogs":[]}\n{"resourceSpans":[]}\n',
      '/subjects/erase': () => this.#start(posted.dryRun === false ? 'erasure' : 'search', posted),
      '/subjects/erasures': () => ({ statements: this.#statements, standing: this.#standing }),
      '/subjects/verify': () => ({
        errors: posted.proof?.statement.includes(HOSTILE) ? ['logs/1.parquet: exists, although it was removed'] : [],
      }),
      '/subjects/standing/remove': () => {
        this.#standing = this.#standing.filter(({ id }) => id !== posted.id);
        return { removed: true };
      },
      '/holds': () => ({ holds: this.#holds, released: [] }),
      '/holds/create': () => this.#hold(posted),
      '/holds/release': () => {
        this.#holds = this.#holds.filter(({ id }) => id !== posted.id);
        return { released: true };
      },
    };
    const found = results[path]?.();
    return found === undefined ? undefined : { status: 200, body: found };
  }

  #start(kind: SubjectJob['kind'], posted: Posted): SubjectJob {
    const id = `${kind}-${this.#nextId++}`;
    const running: SubjectJob = {
      ...{ id, tenant: posted.tenant ?? 'default', kind, state: 'running', startedMillis: Date.now() },
    };
    if (posted.terms?.[0]?.value === 'broken')
      this.#jobs.set(id, { ...running, state: 'failed', error: 'logs/2.parquet: expected a footer, got none' });
    else if (kind === 'search') this.#jobs.set(id, { ...running, state: 'done', findings: findingsOf(posted) });
    else this.#jobs.set(id, { ...running, state: 'done', proof: this.#erased(posted) });
    return running;
  }

  #erased({ tenant = 'default', reason = '', standing = false, terms = [] }: Posted): SignedStatement {
    const [id, by, now] = [`e${this.#nextId++}`, 'user:dev-1@shop.test', Date.now()];
    const statement = JSON.stringify({
      ...{ kind: 'subject-erasure', id, tenant, by, reason, ended: new Date(now).toISOString(), items: 14, held: 2 },
      ...{ files: [{}, {}], backups: [{}], queues: [], notSearched: [], alerts: 1 },
      verification: { itemsLeft: 0, itemsArrivedLater: 3 },
    });
    const proof = { statement, signature: `c2lnbmVk${id}`, publicKey: 'PUBLIC KEY' };
    this.#statements = [proof, ...this.#statements];
    const keys = terms.map(({ key = '' }) => key);
    if (standing) this.#standing = [...this.#standing, { id, tenant, keys, createdMillis: now, by }];
    return proof;
  }

  #hold({ tenant = 'default', reason = '', attributes = [], startMillis }: Posted): LegalHold {
    const hold: LegalHold = {
      ...{ id: `hold-${this.#nextId++}`, tenant, reason, by: 'user:dev-1@shop.test', createdMillis: Date.now() },
      ...{ attributes, ...(startMillis !== undefined && { startMillis }) },
    };
    this.#holds = [...this.#holds, hold];
    return hold;
  }
}

function findingsOf({ terms = [] }: Posted): Findings {
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const none = { searched: 2_412_258, items: 0, held: 0, holds: [], pseudonyms: 0, files: [], hours: [], samples: [] };
  if (terms[0]?.value === 'none') return { ...none, documents: [], alerts: 0 };
  return {
    ...{ ...none, items: 1_216, held: 2, holds: ['hold-0'], pseudonyms: 1, alerts: 1 },
    files: [
      { name: 'traces/1.parquet', signal: 'traces', items: 1_200, held: 0, rows: 90_000 },
      { name: 'logs/1.parquet', signal: 'logs', items: 10, held: 2, rows: 70_000 },
      { name: 'logs/2.parquet', signal: 'logs', items: 4, held: 0, rows: 70_000 },
    ],
    hours: [
      { signal: 'traces', hourMillis: hour - 2 * DAY, items: 1_200 },
      { signal: 'logs', hourMillis: hour - DAY, items: 12 },
      { signal: 'logs', hourMillis: hour, items: 4 },
    ],
    documents: [{ kind: 'board', id: 'b1', name: HOSTILE }],
  };
}

function problem(status: number, code: string, message: string): FixtureResponse {
  return { status, body: { error: { code, message } } };
}
