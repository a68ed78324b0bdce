import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access, AccessControl } from '@otelier/identity';
import { PERMISSIONS } from '@otelier/identity';
import { openStore } from '@otelier/store';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { systemClock } from '@otelier/transport';
import { endpointsOf, type StoredEndpoint } from './isolation/endpoints.ts';
import {
  batchRequest,
  COMPATIBLE,
  type ReadRequest,
  requestsOf,
  sqlRequest,
  sqlStatements,
  toolRequest,
} from './isolation/requests.ts';
import { createState, type TenantState } from './isolation/state.ts';
import { readTail, TAILS } from './isolation/tail.ts';
import { END, OTHER, OWN, SECRET, SECRET_VALUE, START, TRACE_ID, telemetryOf } from './isolation/telemetry.ts';
import { TRICKS } from './isolation/tricks.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/**
 * A caller of one tenant tries to read what another has stored: by every endpoint, language and tool, with every trick. The
 * routes come from the description of the API, so that a new endpoint takes part. The owner of the telemetry makes the same
 * requests, which shows that they would find it.
 */
export const suite: ChaosSuite = {
  name: 'isolation',
  summary: 'no request of a tenant reads telemetry of another',
  cases: 10_000,
  sampleCases: 56,
  run,
};

const CONNECTION = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' };
/** Endpoints that do not end, or that change the process. */
const SKIPPED =
  /profile|heap|doctor|config|pipeline\/(?:stream|tap)|documents\/(?:save|remove)|tenants\/(?:create|rename|suspend|resume|limits|remove)|logs\/tail/;
/** Arguments of tools by name. A tool gets those that it has. */
const TOOL_ARGUMENTS: Readonly<Record<string, unknown>> = {
  ...{ trace_id: TRACE_ID, service: 'shop', name: 'known_metric', aggregate: 'last', statement: 'select * from spans' },
  ...{ select: ['status = ERROR'], start: new Date(START).toISOString(), end: new Date(END).toISOString() },
};

async function run({ seed, from, count, fail, log }: ChaosRun): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-isolation-'));
  const store = await openStore({ directory, retentionMillis: Number.POSITIVE_INFINITY });
  const clock = { ...systemClock, now: () => END };
  const state = await createState(join(directory, 'state'));
  const server = await startTestApi({
    ...{ memory: store, accessControl: () => ACCESS_CONTROL, clock },
    ...state.options,
  });
  try {
    for (const tenant of [OWN, OTHER, 'default']) {
      for (const batch of telemetryOf(tenant)) assert.equal((await store.append(batch)).kind, 'accepted');
    }
    const tools = await toolsOf(server);
    const endpoints = endpointsOf(await (await send(server, OTHER, plain('/openapi.json'))).response.json());
    const revealed = new Map<string, boolean>();
    let refused = 0;
    for (let index = from; index < from + count; index++) {
      // Files and rows in memory are read in different ways.
      if (index === from + Math.floor(count / 2)) await store.flush();
      const random = createRandom(seed * 100_000 + index);
      const request = requestOf(index, random, { endpoints, tools, directory, state });
      const trick = TRICKS[index % TRICKS.length];
      assert.ok(trick !== undefined);
      if (!revealed.get(request.area)) {
        const { text } = await send(server, OTHER, request);
        revealed.set(request.area, reveals(text));
      }
      const attempt = await send(server, OWN, request, trick.apply);
      if (reveals(attempt.text))
        fail(index, `${request.area} with ${trick.name} read ${around(attempt.text)} (${JSON.stringify(request)})`);
      if (attempt.response.status >= 500 && attempt.response.status !== 503)
        fail(index, `${request.area} with ${trick.name}: ${attempt.response.status} ${attempt.text.slice(0, 200)}`);
      if (!attempt.response.ok) refused += 1;
    }
    const found = [...revealed].filter(([, isFound]) => isFound).map(([area]) => area);
    log(
      `${revealed.size} routes and tools; the owner finds the telemetry by ${found.length}; ${refused} attempts rejected`,
    );
    log(`without telemetry: ${[...revealed].flatMap(([area, isFound]) => (isFound ? [] : [area])).join(', ')}`);
    // Attempts prove nothing if the owner finds nothing either.
    const expected = Math.min(revealed.size * 0.5, 45);
    if (found.length < expected)
      fail(from, `the owner finds the telemetry only by ${found.length} routes: ${found.join(', ')}`);
    for (const error of server.errors) fail(from, `internal error: ${error instanceof Error ? error.stack : error}`);
  } finally {
    await server.shutdown(0);
    await state.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Choices {
  readonly endpoints: readonly StoredEndpoint[];
  readonly tools: readonly Tool[];
  readonly directory: string;
  readonly state: TenantState;
}

/** Number of kinds of requests, which take turns. */
const KINDS = 8;

function requestOf(index: number, random: Random, { endpoints, tools, directory, state }: Choices): ReadRequest {
  const statements = sqlStatements(directory);
  const own = endpoints.filter(({ path }) => !SKIPPED.test(path));
  const step = Math.floor(index / KINDS);
  switch (index % KINDS) {
    case 0:
    case 1:
    case 2:
      return requestsOf(at(own, step * 3 + (index % KINDS)), (n) => random(n));
    case 3:
    case 4:
      return at([...COMPATIBLE, ...state.requests], step * 2 + (index % KINDS));
    case 5:
      return step % 4 === 0
        ? batchRequest(
            own
              .filter(({ path }) => !path.includes('{'))
              .slice(0, 20)
              .map((one) => requestsOf(one, (n) => random(n))),
          )
        : callOf(at(tools, step));
    case 6:
      return at(TAILS, step);
    default:
      return sqlRequest(at(statements, step));
  }
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index % list.length];
  if (found === undefined) throw new Error('expected a list that is not empty');
  return found;
}

const plain = (path: string): ReadRequest => ({ area: path, path, query: {} });

/** The credential names the tenant of the caller, who has every permission in it. */
const ACCESS_CONTROL: AccessControl = {
  authenticate({ headers }) {
    const tenant = headers.get('authorization') ?? '';
    return { kind: 'granted', access: accessOf(tenant) };
  },
  record: () => undefined,
  signIn: async () => ({ kind: 'refused', reason: 'not in this test' }),
  signOut: async () => undefined,
};

function accessOf(tenant: string): Access {
  const can = (permission: string): boolean => (PERMISSIONS as readonly string[]).includes(permission);
  return { subject: `key:${tenant}`, kind: 'key', tenant, tenants: [tenant], masked: [], can };
}

async function send(
  server: TestApi,
  tenant: string,
  request: ReadRequest,
  apply = (one: ReadRequest, _headers: Headers) =>
    ({ path: one.path, query: Object.entries(one.query), body: one.body }) as Target,
): Promise<{ readonly response: Response; readonly text: string }> {
  const headers = new Headers({
    host: 'localhost',
    authorization: tenant,
    accept: 'application/json, text/event-stream',
  });
  const { path, query, body } = apply(request, headers);
  const parameters = new URLSearchParams(query.map(([name, value]) => [name, value]));
  if (body !== undefined) headers.set('content-type', 'application/json');
  const url = `http://localhost${path}${query.length === 0 ? '' : `?${parameters}`}`;
  const response = await server.api.fetch(
    new Request(url, { headers, ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }) }),
    CONNECTION,
  );
  if (response.headers.get('content-type')?.startsWith('text/event-stream') === true)
    return { response, text: await readTail(server, response) };
  const copy = response.clone();
  return { response, text: await copy.text() };
}

type Target = ReturnType<(typeof TRICKS)[number]['apply']>;

function reveals(text: string): boolean {
  return (
    text.includes(SECRET) ||
    text.includes(String(SECRET_VALUE)) ||
    text.includes(Buffer.from(SECRET).toString('base64'))
  );
}

function around(text: string): string {
  const found = Math.max(text.indexOf(SECRET), text.indexOf(String(SECRET_VALUE)));
  return JSON.stringify(text.slice(Math.max(0, found - 100), found + 40));
}

interface Tool {
  readonly name: string;
  readonly inputSchema: { readonly properties?: Readonly<Record<string, unknown>> };
}

async function toolsOf(server: TestApi): Promise<readonly Tool[]> {
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
  const { text } = await send(server, OWN, { area: 'tools', path: '/mcp', query: {}, body });
  const json = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text) as {
    readonly result: { readonly tools: readonly Tool[] };
  };
  return json.result.tools;
}

function callOf({ name, inputSchema: { properties = {} } }: Tool): ReadRequest {
  const known = Object.entries(TOOL_ARGUMENTS).filter(([argument]) => Object.hasOwn(properties, argument));
  return toolRequest(name, Object.fromEntries(known));
}
