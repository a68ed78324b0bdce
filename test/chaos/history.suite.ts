import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { DocumentFiles } from '../../packages/collector/src/documents/document-files.ts';
import { historyFile, type KeptHistory } from '../../packages/collector/src/history/history-file.ts';
import { type Lifetime, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { damageOne } from './damage/damages.ts';
import { contentOf, historyOf } from './history/contents.ts';
import type { ChaosSuite } from './suite.ts';

/** Every tenth case kills a process; the others damage a file. */
const KILL_EVERY = 10;
const DOCUMENTS = 3;

/** Damages the past of the process and the documents of the page, and kills a process while it writes them. */
export const suite: ChaosSuite = {
  name: 'history',
  summary: 'the past of the process and documents survive damaged files and killed processes, and none is wrong',
  cases: 600,
  sampleCases: 20,
  async run({ seed, from, count, fail, log }) {
    for (let index = from; index < from + count; index++) {
      await withLifetime(async (lifetime) => {
        const random = createRandom(seed * 1000 + index);
        try {
          if (index % KILL_EVERY === KILL_EVERY - 1) log(`case ${index}: ${await killCase(lifetime, random)}`);
          else await damageCase(lifetime, random);
        } catch (error) {
          fail(index, error instanceof Error ? error.message : String(error));
        }
      });
    }
  },
};

interface Opened {
  readonly history: KeptHistory | undefined;
  readonly documents: DocumentFiles;
}

function open(directory: string, reports: string[]): Opened {
  const report = (message: string) => void reports.push(message);
  return {
    history: historyFile(directory, report).read(),
    documents: new DocumentFiles({
      directory: join(directory, 'documents'),
      nowMillis: () => 1,
      onDamage: report,
    }),
  };
}

async function damageCase(lifetime: Lifetime, random: Random): Promise<void> {
  const directory = join(await tempDirectory(lifetime), 'store');
  await mkdir(directory);
  const reports: string[] = [];
  const written = historyOf(1 + random(40));
  await historyFile(directory, assert.fail).write(written);
  const { documents } = open(directory, reports);
  for (let id = 0; id < DOCUMENTS; id++)
    await documents.save({ kind: 'board', id: `b${id}`, name: `b${id}`, revision: 0, content: contentOf(id, 1) });
  const { description, files } = damageOne(directory, random);
  const { history, documents: again } = open(directory, reports);
  if (history === undefined)
    assert.ok(
      files.some((file) => file.startsWith('process-history')),
      description,
    );
  else assert.deepEqual(history, written, description);
  for (let id = 0; id < DOCUMENTS; id++) {
    const found = again.read('board', `b${id}`);
    if (found !== undefined) assert.deepEqual(found.content, contentOf(id, 1), `${description}: b${id}`);
    else
      assert.ok(
        files.some((file) => file.includes(`board-b${id}`)),
        `${description}: b${id} is missing`,
      );
  }
  // Both are written again.
  const next = historyOf(3);
  await historyFile(directory, () => undefined).write(next);
  assert.deepEqual(historyFile(directory, assert.fail).read(), next, description);
  const key = { kind: 'board', id: 'new', name: 'new' } as const;
  assert.equal((await again.save({ ...key, revision: 0, content: contentOf(9, 1) })).revision, 1, description);
}

/** Kills a process that writes a history and a document again and again. Returns what was seen. */
async function killCase(lifetime: Lifetime, random: Random): Promise<string> {
  const directory = join(await tempDirectory(lifetime), 'store');
  await mkdir(directory);
  const program = spawn(process.execPath, [join(import.meta.dirname, 'history', 'writer.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  lifetime.after(async () => void program.kill('SIGKILL'));
  const ended = once(program, 'close');
  let acknowledged = 0;
  const killAfter = 2 + random(30);
  program.stdout.on('data', (bytes: Buffer) => {
    acknowledged = Number(bytes.toString().trim().split('\n').at(-1));
    if (acknowledged >= killAfter) program.kill('SIGKILL');
  });
  await ended;
  const reports: string[] = [];
  const { history, documents } = open(directory, reports);
  const possible = [acknowledged, acknowledged + 1];
  const revision = documents.read('board', 'a')?.revision;
  assert.ok(revision !== undefined && possible.includes(revision), `revision ${revision}, expected ${possible}`);
  assert.deepEqual(documents.read('board', 'a')?.content, contentOf(0, revision));
  const found = possible.find((round) => history?.reloads[0]?.atMillis === round);
  assert.ok(found !== undefined, `the history is of ${history?.reloads[0]?.atMillis}, expected ${possible}`);
  assert.deepEqual(history, historyOf(found));
  assert.deepEqual(reports, []);
  return `killed after ${acknowledged} writes`;
}
