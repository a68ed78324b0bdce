import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { type MmdbValue, writeMmdb } from './geoip/mmdb.testing.ts';
import { geoip } from './geoip.ts';

const BOXFORD: MmdbValue = {
  city: { names: { en: 'Boxford', de: 'Boxford (de)' } },
  continent: { code: 'EU', names: { en: 'Europe' } },
  country: { iso_code: 'GB', names: { en: 'United Kingdom' } },
  location: { latitude: 51.75, longitude: -1, time_zone: 'Europe/London' },
  postal: { code: 'OX1' },
  subdivisions: [
    { iso_code: 'ENG', names: { en: 'England' } },
    { iso_code: 'WBK', names: { en: 'West Berkshire' } },
  ],
};
const DATABASE = { '1.2.3.0/24': BOXFORD, '2001:db8::/32': { country: { iso_code: 'DE' } }, '9.9.9.9/32': {} };

const directory = await mkdtemp(join(tmpdir(), 'enrich-'));
const contractPath = join(directory, 'geo.mmdb');
await writeFile(contractPath, writeMmdb('GeoLite2-City', DATABASE));
after(() => rm(directory, { recursive: true }));

processorContract(geoip, { config: { providers: { maxmind: { database_path: contractPath } } } });

async function databaseOf(t: TestContext, type: string, ipVersion: 4 | 6 = 6): Promise<string> {
  const path = join(directory, `${type}-${ipVersion}.mmdb`);
  const networks = ipVersion === 4 ? { '1.2.3.0/24': BOXFORD } : DATABASE;
  await writeFile(path, writeMmdb(type, networks, ipVersion));
  t.after(() => rm(path, { force: true }));
  return path;
}

const GEO = {
  'geo.city_name': 'Boxford',
  'geo.continent.code': 'EU',
  'geo.continent_name': 'Europe',
  'geo.country.iso_code': 'GB',
  'geo.country_name': 'United Kingdom',
  'geo.postal_code': 'OX1',
  'geo.region.iso_code': 'WBK',
  'geo.region_name': 'West Berkshire',
  'geo.timezone': 'Europe/London',
  'geo.location.lat': 51.75,
};

/** Returns the attributes of records after processing, without the longitude, and the outcome. */
async function located(path: string, config: object, ...records: readonly Readonly<Record<string, string | number>>[]) {
  const bench = await createComponentBench(geoip, {
    signals: ['logs'],
    config: { providers: { maxmind: { database_path: path } }, context: 'record', ...config },
  });
  await bench.start();
  const logRecords = records.map((attributes) => ({ attributes: keyValues(attributes) }));
  const outcome = await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  const [part] = bench.received[0]?.parts ?? [];
  await bench.close();
  const found = part && decodeRequest('logs', part).resourceLogs?.[0]?.scopeLogs?.[0]?.logRecords;
  return { outcome, records: (found ?? []).map(({ attributes }) => attributes ?? []) };
}

test('sets the location of the first valid address', async (t) => {
  const path = await databaseOf(t, 'GeoIP2-City');
  const { records } = await located(
    path,
    {},
    { 'client.address': 'example.com', 'source.address': '1.2.3.4' },
    { 'client.address': '2001:DB8::1', 'source.address': '1.2.3.4' },
    { 'client.address': '0.0.0.0' },
    { 'client.address': '8.8.8.8' },
    { 'client.address': '9.9.9.9' },
    { 'other.address': '1.2.3.4' },
  );
  const longitude = { key: 'geo.location.lon', value: { doubleValue: -1 } };
  assert.deepEqual(records[0], [
    ...keyValues({ 'client.address': 'example.com', 'source.address': '1.2.3.4', ...GEO }),
    longitude,
  ]);
  assert.deepEqual(records[1]?.slice(2), keyValues({ 'geo.country.iso_code': 'DE' }));
  assert.deepEqual(
    records.slice(2).map(({ length }) => length),
    [1, 1, 1, 1],
  );
});

test('locates the chosen attributes', async (t) => {
  const path = await databaseOf(t, 'GeoIP2-City');
  const { records } = await located(
    path,
    { attributes: ['other'] },
    { other: '1.2.3.4' },
    { 'client.address': '1.2.3.4' },
  );
  assert.deepEqual(
    records.map(({ length }) => length),
    [12, 1],
  );
});

test('refuses telemetry with an address that the database cannot have, as the Collector does', async (t) => {
  const country = await databaseOf(t, 'GeoIP2-Country');
  assert.equal((await located(country, {}, { 'client.address': '1.2.3.4' })).outcome.kind, 'refused');
  assert.equal((await located(country, {}, { other: 'x' })).outcome.kind, 'accepted');
  const ipv4 = await databaseOf(t, 'GeoIP2-City', 4);
  assert.equal((await located(ipv4, {}, { 'client.address': '::1' })).outcome.kind, 'refused');
  assert.equal((await located(ipv4, {}, { 'client.address': '1.2.3.4' })).records[0]?.length, 12);
});

test('refuses what the Collector refuses', async () => {
  const refused = (config: object, message: RegExp) =>
    assert.rejects(createComponentBench(geoip, { config: { ...config } }), message);
  const providers = { maxmind: { database_path: '/nonexistent' } };
  await refused({}, /providers: /);
  await refused({ providers: {} }, /providers\.maxmind: /);
  await refused({ providers: { other: {} } }, /other/);
  await refused({ providers: { maxmind: {} } }, /database_path: /);
  await refused({ providers, attributes: [] }, /attributes: /);
  await refused({ providers, context: 'scope' }, /context: expected/);
  const bench = await createComponentBench(geoip, { signals: ['logs'], config: { providers } });
  await assert.rejects(bench.start(), /\/nonexistent: expected a MaxMind database, got ENOENT/);
});
