import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@otelier/store';
import { signStatement } from '../../../packages/store/src/proofs/sign.ts';
import { spansNamed } from '../../../packages/store/src/write/batches.testing.ts';
import { createProvider, type Encrypted, readKeys } from './encrypted.ts';
import { itemName, itemsByFile } from './read-items.ts';

/** Limits so low that a store with a few hundred spans has several segments and files. */
export const OPTIONS = { segmentBytes: 3000, rowsPerFile: 100_000 };

export const TENANTS = ['default', 'a/b'];

/** A tenant that was removed, whose items must not be found again. */
const REMOVED_TENANT = 'removed';

/** A store directory to copy and damage, with the items that it acknowledged. */
export interface Template {
  readonly directory: string;
  readonly items: ReadonlySet<string>;
  /** Items that retention has not removed. */
  readonly held: ReadonlySet<string>;
  /** An earlier state of the same store, with its items. Copying a live directory can mix the two states. */
  readonly earlier: { readonly directory: string; readonly items: ReadonlySet<string> } | undefined;
  /** How the store is encrypted. */
  readonly encrypted: Encrypted | undefined;
}

/** The directories used by a run of the suite. */
export interface Workspace {
  readonly directory: string;
  /** Returns the template of a case, which the first case that needs it creates. */
  templateOf(index: number): Promise<Template>;
  remove(): void;
}

/** Creates stores in every state that is worth damaging, plain and encrypted. */
export function createWorkspace(): Workspace {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-damage-'));
  const encryption = createProvider(directory);
  const names = Object.keys(STATES);
  const templates = new Map<string, Promise<Template>>();
  return {
    directory,
    templateOf(index) {
      const state = names[index % names.length] ?? '';
      // The first cases, which `npm test` replays, have each state once: every other one is encrypted. Then it is the other way round.
      const isEncrypted = (index + Math.floor(index / (SAME_TEMPLATES * names.length))) % 2 === 1;
      const name = isEncrypted ? `${state}, encrypted` : state;
      const template =
        templates.get(name) ??
        createTemplate(state, join(directory, 'templates', name), isEncrypted ? encryption : undefined);
      templates.set(name, template);
      return template;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Number of cases after which plain and encrypted states are exchanged, for each state. */
const SAME_TEMPLATES = 4;

async function createTemplate(
  state: string,
  directory: string,
  encryption: Encrypted['options'] | undefined,
): Promise<Template> {
  const builder = new Builder(directory, encryption);
  await STATES[state]?.(builder);
  const { items, gone, earlier } = builder;
  const encrypted = encryption && (await readKeys(directory, encryption));
  return { directory, items, held: items.difference(gone), earlier, encrypted };
}

class Builder {
  readonly directory: string;
  readonly items = new Set<string>();
  gone: ReadonlySet<string> = new Set();
  earlier: Template['earlier'];
  readonly encryption: Encrypted['options'] | undefined;
  #batches = 0;

  constructor(directory: string, encryption: Encrypted['options'] | undefined) {
    this.directory = directory;
    this.encryption = encryption;
    mkdirSync(directory, { recursive: true });
  }

  async run(work: (store: Store) => Promise<void>, options: { readonly maxBytes?: number } = {}): Promise<void> {
    const store = await openStore({ directory: this.directory, ...OPTIONS, ...options, encryption: this.encryption });
    try {
      await work(store);
    } finally {
      await store.close();
    }
  }

  async append(store: Store, batches: number): Promise<void> {
    for (let i = 0; i < batches; i++) {
      const batch = this.#batches++;
      const tenant = batch % TENANTS.length;
      const names = Array.from({ length: 1 + (batch % 5) }, (_, item) => itemName(tenant, `${batch}.${item}`));
      const outcome = await store.append(spansNamed(names, TENANTS[tenant]));
      if (outcome.kind !== 'accepted')
        throw new Error(`expected a template's batch to be accepted, got ${outcome.kind}`);
      for (const name of names) this.items.add(name);
    }
  }

  /** Copies the directory while the store is open. */
  copyAsEarlier(): void {
    const directory = `${this.directory}-earlier`;
    cpSync(this.directory, directory, { recursive: true });
    this.earlier = { directory, items: new Set(this.items) };
  }
}

const STATES: Readonly<Record<string, (builder: Builder) => Promise<void>>> = {
  pending: (builder) => builder.run((store) => builder.append(store, 24)),
  files: (builder) =>
    builder.run(async (store) => {
      for (let i = 0; i < 3; i++) {
        await builder.append(store, 10);
        await store.flush();
      }
    }),
  'files and pending': (builder) =>
    builder.run(async (store) => {
      for (let i = 0; i < 3; i++) {
        await builder.append(store, 8);
        await store.flush();
      }
      await builder.append(store, 20);
    }),
  'after retention': async (builder) => {
    let sizeBytes = 0;
    await builder.run(async (store) => {
      await builder.append(store, 12);
      await store.flush();
      ({ sizeBytes } = await store.stats());
    });
    const first = new Set(builder.items);
    // Capacity for one of the two new files, so that retention removes all old ones.
    await builder.run(
      async (store) => {
        await builder.append(store, 12);
        await store.flush();
      },
      { maxBytes: sizeBytes * 0.75 },
    );
    const keys = builder.encryption && (await readKeys(builder.directory, builder.encryption));
    const left = new Set([...(await itemsByFile(join(builder.directory, 'data'), keys)).values()].flat());
    builder.gone = builder.items.difference(left);
    if (!first.isSubsetOf(builder.gone) || left.size === 0) throw new Error('unexpected files after retention');
    await builder.run((store) => builder.append(store, 6));
  },
  'after the removal of a tenant': (builder) =>
    builder.run(async (store) => {
      for (const i of [0, 1]) {
        await store.append(spansNamed([`removed-${i}`], REMOVED_TENANT));
        await builder.append(store, 8);
        await store.flush();
      }
      await store.append(spansNamed(['removed-2'], REMOVED_TENANT));
      await store.tenants?.remove(REMOVED_TENANT);
      signStatement(builder.directory, `${REMOVED_TENANT}-1`, { tenant: REMOVED_TENANT });
      await builder.append(store, 8);
    }),
  'while it runs': (builder) =>
    builder.run(async (store) => {
      await builder.append(store, 12);
      await store.flush();
      await builder.append(store, 6);
      builder.copyAsEarlier();
      await builder.append(store, 12);
      await store.flush();
      await builder.append(store, 12);
    }),
};
