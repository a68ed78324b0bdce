import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { systemClock } from '@otelier/transport';
import { pino } from 'pino';
import { createKubernetesClient } from './client.ts';
import { FakeApiServer } from './fake-api-server.testing.ts';
import { RESOURCES, type Selection } from './resource.ts';
import { kubeConfigServer } from './server/kube-config.ts';
import { watchResource } from './watch-resource.ts';

const PODS = '/api/v1/pods';
const NEVER = new AbortController().signal;
/** Delays of a few milliseconds, so that tests of failures need no clock. */
const quickClock = {
  ...systemClock,
  setTimeout: (fn: () => void, millis: number) => systemClock.setTimeout(fn, Math.min(millis, 5)),
};

/** Watches names of pods, and resolves `until` when a condition holds. */
function watchNames(t: TestContext, fake: FakeApiServer, selection: Partial<Selection> = {}, clock = quickClock) {
  const client = createKubernetesClient(fake.settings);
  const names = new Map<string, string>();
  const events: string[] = [];
  const failures: (string | undefined)[] = [];
  const checks = new Set<() => void>();
  const check = (): void => {
    for (const wake of checks) wake();
  };
  const watch = watchResource(
    client,
    { ...RESOURCES.pods, ...selection },
    {
      select: ({ metadata }) => (metadata.name.startsWith('hidden') ? undefined : metadata),
      onSet({ uid, name }, previous) {
        names.set(uid, name);
        events.push(`${previous === undefined ? '+' : '='}${name}`);
        check();
      },
      onRemoved({ uid, name }) {
        names.delete(uid);
        events.push(`-${name}`);
        check();
      },
    },
    {
      clock,
      random: () => 0.5,
      logger: pino({ level: 'silent' }),
      onStatus(failure) {
        failures.push(failure);
        check();
      },
    },
  );
  t.after(async () => {
    await watch.close();
    client.close();
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        checks.add(resolve);
      });
    }
  };
  return { watch, client, events, failures, until, sorted: () => [...names.values()].sort() };
}

test('keeps a copy of objects that follows their changes', async (t) => {
  const fake = await FakeApiServer.start(t);
  for (const name of ['a', 'b', 'hidden']) fake.set(PODS, { metadata: { name, namespace: 'x' } });
  const { watch, sorted, events, until } = watchNames(t, fake);
  await watch.synced;
  assert.deepEqual(sorted(), ['a', 'b']);
  await fake.untilWatched(PODS);
  fake.set(PODS, { metadata: { name: 'c', namespace: 'x' } });
  fake.set(PODS, { metadata: { name: 'a', namespace: 'x', labels: { changed: 'yes' } } });
  fake.delete(PODS, 'b', 'x');
  await until(() => events.includes('-b'));
  assert.deepEqual(events, ['+a', '+b', '+c', '=a', '-b']);
  assert.deepEqual(sorted(), ['a', 'c']);
  assert.equal(watch.objects.size, 2);
});

test('reads lists in pages and passes on selectors', async (t) => {
  const fake = await FakeApiServer.start(t);
  for (let index = 0; index < 600; index++) {
    const labels = { app: index % 2 === 0 ? 'even' : 'odd' };
    fake.set(PODS, { metadata: { name: `p${index}`, namespace: 'x', labels }, spec: { nodeName: 'n' } });
  }
  const { watch } = watchNames(t, fake, {
    namespace: 'x',
    labelSelector: 'app=even',
    fieldSelector: 'spec.nodeName=n',
    metadataOnly: true,
  });
  await watch.synced;
  assert.equal(watch.objects.size, 300);
  const [first, second] = fake.requests;
  assert.equal(first, '/api/v1/namespaces/x/pods?labelSelector=app%3Deven&fieldSelector=spec.nodeName%3Dn&limit=100');
  assert.match(second ?? '', /limit=100&continue=100$/);
});

test('continues a watch where it ended, and lists again after 410 Gone', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.set(PODS, { metadata: { name: 'a', namespace: 'x' } });
  fake.set(PODS, { metadata: { name: 'b', namespace: 'x' } });
  const { watch, events, until, sorted } = watchNames(t, fake);
  await watch.synced;
  await fake.untilWatched(PODS);
  fake.bookmark();
  for (const how of ['end', 'cut'] as const) {
    fake.endWatches(how);
    fake.set(PODS, { metadata: { name: how, namespace: 'x' } });
    await until(() => events.includes(`+${how}`));
    await fake.untilWatched(PODS);
  }
  const lists = (): number => fake.requests.filter((request) => !request.includes('watch=true')).length;
  assert.equal(lists(), 1);
  fake.endWatches();
  fake.delete(PODS, 'a', 'x');
  fake.set(PODS, { metadata: { name: 'late', namespace: 'x' } });
  fake.forgetChanges();
  await until(() => events.includes('-a'));
  assert.equal(lists(), 2);
  assert.deepEqual(sorted(), ['b', 'cut', 'end', 'late']);
});

test('says what is forbidden and which rule is missing, and goes on once it is allowed', async (t) => {
  const fake = await FakeApiServer.start(t);
  const message = 'pods is forbidden: User "system:serviceaccount:x:y" cannot list resource "pods"';
  fake.respond = () => ({ status: 403, body: { kind: 'Status', code: 403, message } });
  const { watch, failures, until } = watchNames(t, fake);
  await until(() => failures.length === 1);
  assert.equal(
    failures[0],
    `list of pods at the cluster scope: expected permission, got 403: ${message}; the ClusterRole needs the rule ` +
      '{apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"]}',
  );
  fake.respond = () => undefined;
  await watch.synced;
  assert.deepEqual(failures.slice(1), [undefined]);
});

test('waits longer with each failure, and replaces a watch on which nothing arrives', async (t) => {
  const fake = await FakeApiServer.start(t);
  const clock = createManualClock();
  fake.respond = () => ({ status: 503, body: { message: 'starting' } });
  const delays: number[] = [];
  const measured = {
    ...clock,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimeout(fn: () => void, millis: number) {
      delays.push(millis);
      return clock.setTimeout(fn, millis);
    },
  };
  const { watch, until, failures } = watchNames(t, fake, {}, measured);
  await until(() => failures.length === 1);
  for (let seen = 1; seen < 4; seen++) {
    await waitFor(() => delays.length === seen);
    if (seen === 3) fake.respond = () => undefined;
    await clock.advance(delays[seen - 1] ?? 0);
  }
  assert.deepEqual(delays.slice(0, 3), [500, 1000, 2000]);
  await watch.synced;
  await fake.untilWatched(PODS);
  const watches = (): number => fake.requests.filter((request) => request.includes('watch=true')).length;
  assert.equal(watches(), 1);
  await waitFor(() => delays.length === 4);
  // The watch has begun, or is about to: its timer counts from its last bytes.
  await clock.advance(149_000);
  assert.equal(watches(), 1);
  await clock.advance(151_000);
  await waitFor(() => watches() === 2);
});

/** Waits for a condition without a clock. */
async function waitFor(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

test('refuses a response that is not a list, and long lines', async (t) => {
  const fake = await FakeApiServer.start(t);
  const client = createKubernetesClient(fake.settings);
  t.after(() => client.close());
  fake.respond = () => ({ status: 200, body: {} });
  const list = async () => {
    for await (const page of client.list(RESOURCES.pods, NEVER)) assert.ok(page);
  };
  await assert.rejects(list(), /list of pods: expected a list, got another object/);
  fake.respond = () => ({ status: 200, body: { type: 'OTHER' } });
  const watch = async () => {
    const options = { resourceVersion: '1', timeoutSeconds: 1 };
    for await (const event of client.watch(RESOURCES.pods, options, NEVER)) assert.ok(event);
  };
  await assert.rejects(watch(), /watch of pods: expected an event, got the type OTHER/);
});

test('runs the plugin of a kubeconfig file until its credentials expire, and after 401', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kubernetes-'));
  t.after(() => rm(directory, { recursive: true }));
  const fake = await FakeApiServer.start(t);
  const program = join(directory, 'plugin');
  const runs = join(directory, 'runs');
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  await writeFile(
    program,
    `#!/bin/sh
echo run >> "$RUNS"
case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 3 ;; esac
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"$1"'","expirationTimestamp":"${expires}"}}'
`,
  );
  await chmod(program, 0o755);
  const config = (exec: object) => ({
    ...JSON.parse(fake.kubeConfig),
    users: [{ name: 'fake', user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', ...exec } } }],
  });
  const path = join(directory, 'config');
  const open = async (exec: object) => {
    await writeFile(path, JSON.stringify(config(exec)));
    return kubeConfigServer({ KUBECONFIG: path, RUNS: runs, PATH: process.env['PATH'] });
  };
  const server = await open({ command: './plugin', args: ['secret'] });
  assert.deepEqual((await server.access()).headers, { authorization: 'Bearer secret' });
  await server.access();
  server.renew();
  await server.access();
  assert.equal(await readFile(runs, 'utf8'), 'run\nrun\n');
  const missing = await open({ command: '/nonexistent/plugin', installHint: 'install it' });
  await assert.rejects(missing.access(), /plugin did not run: .*: install it/);
  await assert.rejects(open({ command: './plugin', interactiveMode: 'Always' }), /without a terminal/);
});
