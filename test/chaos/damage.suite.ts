import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { checkCase, type DamagedStore } from './damage/check-case.ts';
import { damageOne } from './damage/damages.ts';
import { itemsByFile } from './damage/read-items.ts';
import { createWorkspace, type Template, type Workspace } from './damage/templates.ts';
import type { ChaosSuite } from './suite.ts';

/** Number of concurrent cases, which spend most of their time waiting for the disk. */
const AT_ONCE = 6;

/**
 * A suite that damages every kind of store file in every way, or mixes two states of a store, as copying a live
 * directory does.
 */
export const suite: ChaosSuite = {
  name: 'damage',
  summary: 'a store with damaged, missing or mixed files stores new telemetry and reports its losses',
  cases: 2400,
  sampleCases: 12,
  async run({ seed, from, count, fail, log }) {
    enableCompileCache();
    const workspace = createWorkspace();
    const damages = new Map<string, number>();
    let next = from;
    async function runCases(): Promise<void> {
      for (let index = next++; index < from + count; index = next++) {
        const directory = join(mkdtempSync(join(workspace.directory, `${index}-`)), 'store');
        let description = '';
        try {
          const damaged = await prepare(workspace, directory, createRandom(seed * 1_000_003 + index), index);
          description = damaged.damage.description;
          const kind = description.startsWith('mix') ? 'mix states' : description.replace(/ \S*$/, '');
          damages.set(kind, (damages.get(kind) ?? 0) + 1);
          await checkCase(damaged);
        } catch (error) {
          fail(index, `${description}: ${error instanceof Error ? error.message : String(error)}`);
        } finally {
          rmSync(directory, { recursive: true, force: true });
        }
      }
    }
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, runCases));
      log([...damages].map(([kind, times]) => `${kind}: ${times}`).join(', '));
    } finally {
      workspace.remove();
    }
  },
};

async function prepare(workspace: Workspace, directory: string, random: Random, index: number): Promise<DamagedStore> {
  const template = await workspace.templateOf(index);
  const withQueries = random(8) === 0;
  if (template.earlier !== undefined && random(2) === 0) {
    const { description } = mixStates(template, template.earlier.directory, directory, random);
    const present = await itemsByFile(directory, template.encrypted);
    const inData = [...present].flatMap(([file, names]) => (file.startsWith('data/') ? names : []));
    // Records acknowledged after the journal was copied leave no trace in the copy.
    const isEarlierJournal = description.includes('journal from the earlier');
    const held = isEarlierJournal ? new Set([...template.earlier.items, ...inData]) : template.held;
    return {
      directory,
      items: template.items,
      held,
      untouched: new Set(inData),
      damage: { description: `mix states: ${description}`, files: [], isOneByte: false },
      encrypted: template.encrypted,
      withQueries,
    };
  }
  cpSync(template.directory, directory, { recursive: true });
  const places = await itemsByFile(directory, template.encrypted);
  const damage = damageOne(directory, random);
  const touched = new Set(damage.files.flatMap((file) => places.get(file) ?? []));
  const untouched = new Set([...template.held].filter((item) => !touched.has(item)));
  return {
    directory,
    items: template.items,
    held: template.held,
    untouched,
    damage,
    encrypted: template.encrypted,
    withQueries,
  };
}

/** Takes each directory entry from either the earlier or the later state, as a non-atomic copy does. */
function mixStates(template: Template, earlier: string, directory: string, random: Random) {
  mkdirSync(directory);
  const names = new Set([...readdirSync(template.directory), ...readdirSync(earlier)]);
  const parts = [...names].sort().map((name) => {
    // Keys that are older than the files cannot be those of the files.
    const isEarlier = random(2) === 0 && name !== 'keys';
    const source = join(isEarlier ? earlier : template.directory, name);
    if (existsSync(source)) cpSync(source, join(directory, name), { recursive: true });
    return `${name} from ${isEarlier ? 'the earlier' : 'the later'} state`;
  });
  return { description: parts.join(', ') };
}
