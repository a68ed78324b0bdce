import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { fileLog } from '../file_log.ts';

const UID = '0f6d4c3e-1111-2222-3333-444455556666';
const TIME = '2026-03-04T05:06:07.123456789Z';

/** Reads the logs of pods below a directory, as an agent does in `/var/log/pods`. */
async function readPods(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'container-logs-'));
  const bench = await createComponentBench(fileLog, {
    config: {
      include: [join(root, 'pods/*/*/*.log')],
      start_at: 'beginning',
      include_file_path: true,
      preserve_trailing_whitespaces: true,
      operators: [{ type: 'container' }],
    },
  });
  await bench.start();
  t.after(async () => {
    await bench.close();
    rmSync(root, { recursive: true });
  });
  return { bench, root };
}

/** Returns the records that were received, as `pod container restarts stream: body`. */
function linesOf(bench: ComponentBench): readonly string[] {
  const textsOf = (attributes: readonly { readonly key?: string; readonly value?: object }[] = []) =>
    new Map(attributes.map(({ key, value = {} }) => [key, Object.values(value)[0] as unknown]));
  return bench.received.flatMap(({ parts }) =>
    parts.flatMap((part) =>
      (decodeRequest('logs', part).resourceLogs ?? []).flatMap(({ resource, scopeLogs = [] }) => {
        const of = textsOf(resource?.attributes);
        const names = ['namespace.name', 'pod.name', 'pod.uid', 'container.name', 'container.restart_count'];
        const place = names.map((name) => of.get(`k8s.${name}`)).join(' ');
        return scopeLogs.flatMap(({ logRecords = [] }) =>
          logRecords.map(({ attributes, body, timeUnixNano }) => {
            assert.ok(String(timeUnixNano).startsWith('1772600767'));
            return `${place} ${String(textsOf(attributes).get('log.iostream'))}: ${body?.stringValue}`;
          }),
        );
      }),
    ),
  );
}

async function untilLines(bench: ComponentBench, count: number): Promise<readonly string[]> {
  for (let polls = 0; linesOf(bench).length < count; polls++) {
    assert.ok(polls < 2000, `expected ${count} records, got ${JSON.stringify(linesOf(bench))}`);
    await bench.clock.advance(200);
    await turn();
  }
  return linesOf(bench);
}

function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

test('combines the parts of a CRI line of each stream, also of one that goes on after the kubelet has rotated the file', async (t) => {
  const { bench, root } = await readPods(t);
  const path = write(
    join(root, `pods/shop_cart.v1-0_${UID}/main/0.log`),
    `${TIME} stderr P first, \n${TIME} stdout F whole\n${TIME} stderr P second, \n${TIME} stderr F third\n${TIME} stdout P begun, \n`,
  );
  const place = `shop cart.v1-0 ${UID} main 0`;
  const first = [`${place} stdout: whole`, `${place} stderr: first, second, third`];
  assert.deepEqual(await untilLines(bench, 2), first);
  renameSync(path, `${path}.20260304-050608`);
  write(path, `${TIME} stdout F ended\n${TIME} stdout F after the rotation\n`);
  const rotated = [`${place} stdout: begun, ended`, `${place} stdout: after the rotation`];
  assert.deepEqual(await untilLines(bench, 4), [...first, ...rotated]);
  // A container that restarts has a file of its own.
  write(join(dirname(path), '1.log'), `${TIME} stdout F again\n`);
  assert.equal((await untilLines(bench, 5)).at(-1), `shop cart.v1-0 ${UID} main 1 stdout: again`);
});

test('reads symbolic links of Docker, with the resource of the link and later lines of the target', async (t) => {
  const { bench, root } = await readPods(t);
  const line = (log: string) => `${JSON.stringify({ log, stream: 'stderr', time: TIME })}\n`;
  const target = write(join(root, 'docker/containers/abc/abc-json.log'), line('from docker'));
  const link = join(root, `pods/kube-system_proxy_${UID}/proxy/3.log`);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(target, link);
  const place = `kube-system proxy ${UID} proxy 3`;
  assert.deepEqual(await untilLines(bench, 1), [`${place} stderr: from docker`]);
  appendFileSync(target, line('more'));
  assert.deepEqual(await untilLines(bench, 2), [`${place} stderr: from docker`, `${place} stderr: more`]);
  // The runtime renames the target and makes a new one, to which the link leads.
  renameSync(target, `${target}.1`);
  writeFileSync(target, line('after the rotation'));
  assert.equal((await untilLines(bench, 3)).at(-1), `${place} stderr: after the rotation`);
});
