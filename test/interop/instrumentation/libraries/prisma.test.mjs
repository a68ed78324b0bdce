// Runs the instrumentation of Prisma with a real client and PostgreSQL: `POSTGRESQL_PORT=5432 node --test
// prisma.test.mjs`, with and without an instrumentation of the driver. Records what the client calls, which
// `packages/sdk/src/instrumentation/database/builders/prisma.test.ts` replays.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { checkPrisma } from '../../../../packages/sdk/src/instrumentation/database/builders/prisma.testing.ts';
import { instrumentPrisma } from '../../../../packages/sdk/src/instrumentation/database/builders/prisma.ts';
import { instrumentPg } from '../../../../packages/sdk/src/instrumentation/database/pg.ts';
import { startRecorder } from '../../../../packages/sdk/src/instrumentation/subject.testing.ts';
import { runStatements } from '../literals.testing.ts';
import { PrismaClient } from './generated/client.ts';
import { namesWithoutCode } from './without-code.ts';

const connectionString = `postgres://monitor@127.0.0.1:${process.env.POSTGRESQL_PORT}/postgres`;

for (const isDriverInstrumented of [false, true])
  test(`prisma, ${isDriverInstrumented ? 'with' : 'without'} an instrumentation of the driver`, async (t) => {
    const setup = new pg.Client({ connectionString });
    await setup.connect();
    await setup.query(`drop table if exists "Pet", "Person"; create table "Person" (id int primary key, name text not null);
      create table "Pet" (id int primary key, name text not null, "ownerId" int not null)`);
    await setup.end();
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString, max: 1 }) });
    t.after(() => prisma.$disconnect());
    const calls = { children: [] };
    const run = {
      create: () =>
        prisma.person.create({ data: { id: 1, name: "secret '", pets: { create: { id: 1, name: 'secret' } } } }),
      find: () => prisma.person.findMany({ where: { name: 'secret' }, include: { pets: true } }),
      raw: () => prisma.$queryRawUnsafe("select 'secret' as a"),
      fail: () => prisma.$queryRawUnsafe('select * from missing').catch(() => {}),
      duplicate: () => prisma.person.create({ data: { id: 1, name: 'secret' } }).catch(() => {}),
      async transaction() {
        await prisma.$transaction(async (transaction) => {
          await transaction.person.update({ where: { id: 1 }, data: { name: 'secret' } });
        });
      },
      async loop() {
        for (let i = 0; i < 4; i++) await prisma.pet.findFirst({ where: { ownerId: i } });
      },
    };
    const instrument = isDriverInstrumented ? (options) => instrumentPg(pg, options) : () => record(calls);
    await checkPrisma(t, run, isDriverInstrumented, instrument);
    const file = new URL(
      '../../../../packages/sdk/src/instrumentation/database/recordings/prisma.json',
      import.meta.url,
    );
    if (process.env.RECORD === 'true' && !isDriverInstrumented)
      writeFileSync(file, `${JSON.stringify(calls.children)}\n`);
  });

test('prisma: no literal of 500 statements remains in its spans', async (t) => {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString, max: 1 }) });
  t.after(() => prisma.$disconnect());
  const recorder = startRecorder(t);
  t.after(instrumentPrisma(recorder.options));
  await runStatements('postgresql', recorder, (statement) => prisma.$queryRawUnsafe(statement));
});

test('prisma: a program without a change has spans of its statements', async (t) => {
  const names = await namesWithoutCode(
    t,
    `import { PrismaPg } from '@prisma/adapter-pg';
    import { PrismaClient } from './generated/client.ts';
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: '${connectionString}' }) });
    await prisma.$queryRawUnsafe('select 1');
    await prisma.$disconnect();`,
    { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'prisma' },
  );
  assert.deepEqual(names, ['SELECT']);
});

/** Notes the calls of the client as a tree. */
function record(root) {
  const { helper } = globalThis.PRISMA_INSTRUMENTATION;
  const original = helper.runInChildSpan;
  const storage = new AsyncLocalStorage();
  helper.runInChildSpan = (options, run) => {
    const { name, attributes } = typeof options === 'string' ? { name: options } : options;
    const node = { name, ...(attributes && { attributes }), children: [] };
    (storage.getStore() ?? root).children.push(node);
    return storage.run(node, () =>
      original.call(helper, options, (...args) => {
        const result = run(...args);
        result?.then?.(undefined, ({ code, message, meta }) => {
          // Errors have no fields in JSON.
          const { message: adapterMessage, cause } = meta?.driverAdapterError ?? {};
          node.error = { code, message, ...(cause && { adapterError: { message: adapterMessage, cause } }) };
        });
        return result;
      }),
    );
  };
  return () => {
    helper.runInChildSpan = original;
  };
}
