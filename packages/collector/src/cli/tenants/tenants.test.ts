import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openIdentity } from '@otelier/identity';
import { auditListCommand } from '../identity/audit.ts';
import { printed, withTempDirectory } from '../otelier.testing.ts';
import {
  createTenantCommand,
  limitTenantCommand,
  renameTenantCommand,
  resumeTenantCommand,
  suspendTenantCommand,
} from './change.ts';
import { formatLimits, parseLimits } from './limits.ts';

test('creates, renames, limits, suspends and resumes a tenant in the database, and records it', () =>
  withTempDirectory(async (directory) => {
    const options = { directory };
    const run = async (command: Parameters<typeof printed>[0]) => (await printed(command)).stdout;
    const create = { ...options, limit: ['disk_bytes=10GB', 'weight=2'] };
    await run((console) => createTenantCommand('acme', create, console));
    assert.match(
      await run((console) => renameTenantCommand('acme', 'Acme Inc', options, console)),
      /^renamed acme: people read Acme Inc; credentials, headers and paths of data keep acme$/m,
    );
    assert.equal(
      await run((console) => limitTenantCommand('acme', ['query_time=10s', 'weight=none'], options, console)),
      'limits of acme: disk_bytes=10GB query_time=10s\n',
    );
    await run((console) => suspendTenantCommand('acme', options, console));
    const identity = openIdentity({ directory, now: Date.now });
    try {
      assert.partialDeepStrictEqual(identity.tenants.get('acme'), {
        ...{ displayName: 'Acme Inc', state: 'suspended', limits: { diskBytes: 1e10, queryMillis: 10_000 } },
      });
      await run((console) => resumeTenantCommand('acme', options, console));
      assert.equal(identity.tenants.get('acme')?.state, 'active');
    } finally {
      await identity.close();
    }
    await assert.rejects(
      printed((console) => suspendTenantCommand('absent', options, console)),
      /there is no "absent"/,
    );
    const entries = await run((console) => auditListCommand({ directory, limit: 10 }, console));
    assert.deepEqual(
      entries
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map(({ action, target }) => `${action} ${target}`),
      ['create', 'rename', 'limits', 'suspend', 'resume'].map((action) => `tenant.${action} acme`),
    );
  }));

test('limits are written as in the configuration, and mistakes are explained', () => {
  const limits = parseLimits(['ingest_bytes_per_second=5MB', 'concurrent_queries=4', 'query_time=1m30s', 'weight=0.5']);
  assert.deepEqual(limits, { ingestBytesPerSecond: 5e6, concurrentQueries: 4, queryMillis: 90_000, weight: 0.5 });
  for (const [setting, message] of [
    ['disk=5GB', /^limit: expected NAME=VALUE with one of ingest_bytes_per_second, .*, got "disk=5GB"$/],
    ['disk_bytes', /expected NAME=VALUE/],
    ['__proto__=1', /expected NAME=VALUE/],
    ['disk_bytes=much', /^limit: disk_bytes: expected a size such as 5MB, or none, got "much"$/],
    ['concurrent_queries=0', /expected a whole number/],
    ['concurrent_queries=-1', /expected a whole number/],
    ['weight=1e9', /expected a number from 0\.01 to 100/],
  ] as const)
    assert.throws(() => parseLimits([setting]), { message });
  assert.equal(formatLimits({ bytesInFlight: 1024, weight: 2 }), 'bytes_in_flight=1KiB weight=2');
});
