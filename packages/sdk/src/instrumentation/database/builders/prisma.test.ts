import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkPrisma, type Operations } from './prisma.testing.ts';

/** A call of a client, with those that it makes. */
interface Call {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly children: readonly Call[];
  readonly error?: { readonly code?: string; readonly message: string; readonly adapterError?: object };
}

interface Helper {
  runInChildSpan<T>(options: Omit<Call, 'children'>, run: () => T): T;
}

/** The number of calls that each operation makes itself. */
const CALLS: Readonly<Record<keyof Operations, number>> = {
  create: 1,
  find: 1,
  raw: 1,
  fail: 1,
  duplicate: 1,
  transaction: 1,
  loop: 4,
};

test('prisma: statements have spans with the operation, from what a real client has called', async (t) => {
  const calls = JSON.parse(
    readFileSync(new URL('../recordings/prisma.json', import.meta.url), 'utf8'),
  ) as readonly Call[];
  const left = [...calls];
  const replay = async (count: number) => {
    for (const call of left.splice(0, count)) await run(call).catch(() => {});
  };
  const operations = Object.entries(CALLS).map(([name, count]) => [name, () => replay(count)]);
  await checkPrisma(t, Object.fromEntries(operations) as Operations, false, () => () => {});
});

async function run({ name, attributes, children, error }: Call): Promise<void> {
  const { helper } = (globalThis as unknown as { readonly PRISMA_INSTRUMENTATION: { readonly helper: Helper } })
    .PRISMA_INSTRUMENTATION;
  await helper.runInChildSpan({ name, ...(attributes !== undefined && { attributes }) }, async () => {
    for (const child of children) await run(child).catch(() => {});
    if (error === undefined) return;
    const { adapterError, ...own } = error;
    const driverAdapterError = adapterError && Object.assign(new Error(), adapterError);
    throw Object.assign(new Error(), own, { meta: { driverAdapterError } });
  });
}
