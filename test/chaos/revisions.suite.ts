import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { startOtelier } from '../../packages/collector/src/cli/otelier.testing.ts';
import { RevisionFiles } from '../../packages/collector/src/service/editing/revision-files.ts';
import { type Lifetime, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { damageOne } from './damage/damages.ts';
import type { ChaosSuite } from './suite.ts';

/** Every tenth case kills a process; the others damage a file. */
const KILL_EVERY = 10;
const TOKEN = 'a-token-of-the-workbench';

/** Damages files of revisions, and kills processes while they apply configurations. */
export const suite: ChaosSuite = {
  name: 'revisions',
  summary: 'revisions of the configuration survive damaged files and killed processes, and none has a wrong text',
  cases: 400,
  sampleCases: 10,
  async run({ seed, from, count, fail, log }) {
    for (let index = from; index < from + count; index++) {
      await withLifetime(async (lifetime) => {
        const random = createRandom(seed * 1000 + index);
        try {
          const isKill = index % KILL_EVERY === KILL_EVERY - 1;
          if (isKill) log(`case ${index}: ${await killCase(lifetime, random)}`);
          else await damageCase(lifetime, random);
        } catch (error) {
          fail(index, error instanceof Error ? error.message : String(error));
        }
      });
    }
  },
};

const textOf = (revision: number) => `# revision ${revision}\n${'x'.repeat(revision * 37)}\n`;

async function damageCase(lifetime: Lifetime, random: Random): Promise<void> {
  const directory = join(await tempDirectory(lifetime), 'otelier.yaml.revisions');
  const reports: string[] = [];
  const open = () => new RevisionFiles({ directory, onDamage: (message) => reports.push(message) });
  const written = open();
  const last = 2 + random(6);
  for (let revision = 1; revision <= last; revision++)
    await written.append({ atMillis: revision, by: 'test', what: `revision ${revision}`, text: textOf(revision) });
  written.close();
  const { description, files } = damageOne(directory, random);
  const reopened = open();
  try {
    const listed = reopened.list().map(({ revision }) => revision);
    for (const revision of listed)
      assert.equal(reopened.read(revision)?.text, textOf(revision), `${description}: revision ${revision}`);
    for (let revision = 1; revision <= last; revision++) {
      const isDamaged = files.some((file) => file.includes(String(revision).padStart(6, '0')));
      assert.ok(isDamaged || listed.includes(revision), `${description}: revision ${revision} is missing`);
    }
    const text = textOf(99);
    const added = await reopened.append({ atMillis: 99, by: 'test', what: 'after the damage', text });
    assert.equal(reopened.read(added.revision)?.text, text, description);
  } finally {
    reopened.close();
  }
}

const configOf = (millis: number) => `receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors: {batch: {timeout: ${millis}ms}}
exporters: {nop: {}}
extensions: {workbench: {endpoint: 127.0.0.1:0, edit_token: ${TOKEN}}}
service: {extensions: [workbench], pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [nop]}}}
`;

/** Kills a process between or during applied configurations. Returns what was seen. */
async function killCase(lifetime: Lifetime, random: Random): Promise<string> {
  const file = join(await tempDirectory(lifetime), 'otelier.yaml');
  await writeFile(file, configOf(100));
  const first = await startOtelier(['--config', file]);
  lifetime.after(async () => first.kill('SIGKILL'));
  const killAfter = 1 + random(4);
  let [acknowledged, isKilled] = [100, false];
  for (let revision = 1; !isKilled; revision++) {
    const sent = post(first.address('Page and API'), 'apply', {
      text: configOf(100 + revision),
      base: revision,
      revision,
      by: 'test',
    });
    if (revision > killAfter) {
      // During the request: some microtasks or milliseconds after it was sent.
      await new Promise((resolve) => setTimeout(resolve, random(25)));
      first.kill('SIGKILL');
      isKilled = true;
    }
    const { status } = await sent.catch(() => ({ status: 0 }));
    if (status === 200) acknowledged = 100 + revision;
    else if (!isKilled) throw new Error(`expected revision ${revision} to be applied, got status ${status}`);
  }
  await first.ended;
  const text = await readFile(file, 'utf8');
  assert.ok([configOf(acknowledged), configOf(acknowledged + 1)].includes(text), `the file has another text: ${text}`);
  const second = await startOtelier(['--config', file]);
  try {
    const response = await fetch(`${second.address('Page and API')}/api/v1/config/text`, { headers: HEADERS });
    const config = (await response.json()) as { readonly revision: number; readonly revisions: readonly object[] };
    assert.equal(config.revision, config.revisions.length, 'every revision is listed');
    const applied = await post(second.address('Page and API'), 'roll-back', { to: 1, revision: config.revision });
    assert.equal(applied.status, 200);
    assert.equal(await readFile(file, 'utf8'), configOf(100));
    return `killed after ${acknowledged - 100} applied, ${config.revision} revisions`;
  } finally {
    await second.stop();
  }
}

const HEADERS = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };

function post(url: string, path: string, body: object): Promise<Response> {
  return fetch(`${url}/api/v1/config/${path}`, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) });
}
