import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '@otelier/testkit/otlp/random';
import { damageOne } from './damage/damages.ts';
import { checkQueueCase } from './queue/check-queue-case.ts';
import { createQueueTemplates } from './queue/templates.ts';
import type { ChaosSuite } from './suite.ts';

/** Number of concurrent cases, which mostly wait for the disk. */
const AT_ONCE = 6;

/** Damages every kind of file of a durable queue and of a state file in every way. */
export const suite: ChaosSuite = {
  name: 'queue-damage',
  summary: 'a durable queue with damaged or missing files delivers the rest and reports its losses',
  cases: 2400,
  sampleCases: 60,
  async run({ seed, from, count, fail, log }) {
    const workspace = await createQueueTemplates();
    const damages = new Map<string, number>();
    let next = from;
    async function runCases(): Promise<void> {
      for (let index = next++; index < from + count; index = next++) {
        const template = workspace.templates[index % workspace.templates.length];
        if (template === undefined) throw new Error('no templates');
        const directory = join(mkdtempSync(join(workspace.directory, `${index}-`)), 'storage');
        let description = template.name;
        try {
          cpSync(template.directory, directory, { recursive: true });
          const damage = damageOne(directory, createRandom(seed * 1_000_003 + index));
          description = `${template.name}: ${damage.description}`;
          const kind = damage.description.replace(/ \S*$/, '');
          damages.set(kind, (damages.get(kind) ?? 0) + 1);
          await checkQueueCase(directory, template, damage);
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
