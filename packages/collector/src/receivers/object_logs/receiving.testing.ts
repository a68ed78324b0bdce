import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { systemClock } from '@otelier/transport';
import type { ReceiverDefinition } from '../../component/define.ts';
import type { FakeApiServer } from '../../kubernetes/fake-api-server.testing.ts';

/** Writes a kubeconfig file of a server that does not exist: receivers start, and try again. */
export async function unreachableConfig(directory: string): Promise<string> {
  const path = join(directory, 'unreachable');
  const config = {
    'current-context': 'none',
    clusters: [{ name: 'none', cluster: { server: 'http://127.0.0.1:1' } }],
    contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
    users: [{ name: 'none', user: {} }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** Starts a receiver over an API server. */
export async function receiving(t: TestContext, fake: FakeApiServer, definition: ReceiverDefinition, config: object) {
  const directory = await mkdtemp(join(tmpdir(), 'kubernetes-receiver-'));
  const path = join(directory, 'config');
  await writeFile(path, fake.kubeConfig);
  const clock = {
    ...systemClock,
    setTimeout: (fn: () => void, millis: number) =>
      systemClock.setTimeout(fn, millis > 60_000 ? millis : Math.min(millis, 5)),
  };
  const bench = await createComponentBench(definition, {
    clock,
    environment: { KUBECONFIG: path },
    config: { auth_type: 'kubeConfig', ...config },
  });
  await bench.start();
  t.after(async () => {
    await bench.close();
    await rm(directory, { recursive: true });
  });
  return bench;
}

/** Returns the groups of records that were received, once there are that many records. */
export async function groupsOf(bench: ComponentBench, count: number) {
  while (bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0) < count)
    await new Promise((resolve) => setImmediate(resolve));
  return bench.received.flatMap(({ parts }) => parts.flatMap((part) => decodeRequest('logs', part).resourceLogs ?? []));
}

/** Returns attributes by key. */
export function textsOf(attributes: readonly { readonly key?: string; readonly value?: object }[] = []) {
  return Object.fromEntries(attributes.map(({ key, value = {} }) => [key, Object.values(value)[0]]));
}
