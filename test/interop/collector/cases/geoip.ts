import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MmdbValue, writeMmdb } from '../../../../packages/collector/src/processors/geoip/mmdb.testing.ts';
import type { ComponentCases, Configuration, Step } from '../cases.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-geoip-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const BOXFORD: MmdbValue = {
  city: { names: { en: 'Boxford', fr: 'Boxford (fr)' } },
  continent: { code: 'EU', names: { en: 'Europe' } },
  country: { iso_code: 'GB', names: { en: 'United Kingdom' } },
  location: { latitude: 51.75, longitude: -1.25, time_zone: 'Europe/London' },
  postal: { code: 'OX1' },
  subdivisions: [
    { iso_code: 'ENG', names: { en: 'England' } },
    { iso_code: 'WBK', names: { en: 'West Berkshire' } },
  ],
};
const NETWORKS = {
  '1.2.0.0/16': { country: { iso_code: 'FR', names: { en: 'France' } }, location: { latitude: 48, longitude: 2 } },
  '1.2.3.0/24': BOXFORD,
  '10.0.0.0/8': { location: { latitude: 0, longitude: 0 } },
  '10.1.0.0/16': { location: { latitude: 1.5 } },
  '10.2.0.0/16': { city: { names: { de: 'Berlin' } }, postal: { code: '' } },
  '2001:db8::/32': { continent: { code: 'AS' }, subdivisions: [{ iso_code: 'TK' }] },
};

/** Writes a database and returns its path. */
function database(type: string, ipVersion: 4 | 6 = 6): string {
  const path = join(directory, `${type}-${ipVersion}.mmdb`);
  const networks = Object.entries(NETWORKS).filter(([network]) => ipVersion === 6 || !network.includes(':'));
  writeFileSync(path, writeMmdb(type, Object.fromEntries(networks), ipVersion));
  return path;
}

const ADDRESSES = [
  ...[
    '1.2.3.4',
    '1.2.9.9',
    '1.3.0.0',
    '10.9.9.9',
    '10.1.2.3',
    '10.2.0.1',
    '2001:db8::1',
    '2001:DB8:0:0::2',
    '::1',
    '::',
  ],
  ...[
    '0.0.0.0',
    '::ffff:1.2.3.4',
    '1.2.3',
    '01.2.3.4',
    ' 1.2.3.4',
    '1.2.3.4:80',
    'example.com',
    '',
    'fe80::1%eth0',
    '256.1.1.1',
  ],
];

function attributes(values: Readonly<Record<string, string>>): object[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

const ENTRIES = ADDRESSES.flatMap((address) => [
  attributes({ 'client.address': address, other: 'x' }),
  attributes({ 'source.address': address, 'geo.city_name': 'before' }),
  attributes({ 'client.address': 'example.com', 'source.address': address, custom: '1.2.3.4' }),
]);

const ITEMS = {
  traces: (list: object[]) => ({ spans: list.map((each) => ({ name: 's', attributes: each })) }),
  metrics: (list: object[]) => ({
    metrics: ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'].map((kind) => ({
      name: kind,
      [kind]: { dataPoints: list.map((each) => ({ attributes: each })) },
    })),
  }),
  logs: (list: object[]) => ({ logRecords: list.map((each) => ({ attributes: each })) }),
};
const LISTS = {
  traces: ['resourceSpans', 'scopeSpans'],
  metrics: ['resourceMetrics', 'scopeMetrics'],
  logs: ['resourceLogs', 'scopeLogs'],
} as const;
const signals = ['traces', 'metrics', 'logs'] as const;

/** Returns one request per entry, so that a rejected address does not affect others. */
function stepsOf(signal: (typeof signals)[number]): Step[] {
  const [list, scopes] = LISTS[signal];
  return ENTRIES.map(
    (entry): Step => ({
      send: { [list]: [{ resource: { attributes: entry }, [scopes]: [ITEMS[signal]([entry, []])] }] },
    }),
  );
}

function each(name: string, config: object): Configuration[] {
  return signals.map((signal) => ({
    name: `${name}, ${signal}`,
    config: config as Configuration['config'],
    signals: [signal],
    steps: stepsOf(signal),
  }));
}

function refused(name: string, config: object): Configuration {
  return { name, config: config as Configuration['config'], signals: ['logs'] };
}

const maxmind = (path: string) => ({ providers: { maxmind: { database_path: path } } });
const city = maxmind(database('GeoIP2-City'));

/** Test cases for `geoip`, with databases that are written here. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'geoip',
  configurations: [
    ...each('defaults', city),
    ...each('resource', { ...city, context: 'resource' }),
    ...each('record', { ...city, context: 'record' }),
    ...each('record, in upper case', { ...city, context: 'RECORD' }),
    ...each('other attributes', { ...city, context: 'record', attributes: ['custom', 'client.address'] }),
    ...each('one attribute', { ...city, attributes: ['source.address'] }),
    ...each('free database', { ...maxmind(database('GeoLite2-City')), context: 'record' }),
    ...each('database of IPv4', { ...maxmind(database('GeoIP2-City', 4)), context: 'record' }),
    ...each('database of countries', maxmind(database('GeoIP2-Country'))),
    refused('no providers', {}),
    refused('empty providers', { providers: {} }),
    refused('unknown provider', { providers: { other: {} } }),
    refused('no path', { providers: { maxmind: {} } }),
    refused('empty path', maxmind('')),
    refused('no such file', maxmind('/nonexistent.mmdb')),
    refused('not a database', maxmind(import.meta.filename)),
    refused('unknown option of the provider', { providers: { maxmind: { database_path: 'a', other: 1 } } }),
    refused('unknown context', { ...city, context: 'scope' }),
    refused('no attributes', { ...city, attributes: [] }),
  ],
};
