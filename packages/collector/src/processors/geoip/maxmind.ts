import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { ANY_VALUE_FIELDS, EncodedAttribute, encodeKey, WireWriter } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { CityResponse, Reader } from 'mmdb-lib';
import { LookupCache } from '../../component/lookup/lookup-cache.ts';

/** A geolocation database. */
export interface GeoDatabase {
  /** Returns the location attributes for an address; empty if it is unknown. Throws `UnsupportedLookup`. */
  locate(address: string): readonly EncodedAttribute[];
}

/** Thrown if the database cannot contain the address. */
export class UnsupportedLookup extends Error {
  override readonly name: string = 'UnsupportedLookup';
}

const CITY_DATABASES: ReadonlySet<string> = new Set(['GeoIP2-City', 'GeoLite2-City']);
/** Maximum number of addresses whose encoded attributes are cached. */
const MAX_CACHED = 10_000;

/** Opens a MaxMind database, which is kept in memory. Rejects if it cannot be read. */
export async function openMaxmind(path: string, clock: Clock): Promise<GeoDatabase> {
  const content = await readFile(path);
  const { Reader } = await import('mmdb-lib');
  const reader = new Reader<CityResponse>(content);
  const cache = new LookupCache<readonly EncodedAttribute[]>({ size: MAX_CACHED, ttlMillis: 0 }, clock);
  return {
    locate(address) {
      const known = cache.get(address)?.value;
      if (known !== undefined) return known;
      const attributes = attributesOf(lookUp(reader, address));
      cache.set(address, attributes);
      return attributes;
    },
  };
}

function lookUp(reader: Reader<CityResponse>, address: string): CityResponse | null {
  const { databaseType, ipVersion } = reader.metadata;
  if (!CITY_DATABASES.has(databaseType))
    throw new UnsupportedLookup(`expected a database of the type GeoIP2-City or GeoLite2-City, got ${databaseType}`);
  if (ipVersion === 4 && isIPv6(address))
    throw new UnsupportedLookup('expected an IPv4 address for a database of IPv4, got an IPv6 address');
  return reader.get(address);
}

function attributesOf(city: CityResponse | null): readonly EncodedAttribute[] {
  if (city === null) return [];
  const region = city.subdivisions?.at(-1);
  const texts: Readonly<Record<string, string | undefined>> = {
    'geo.city_name': city.city?.names?.en,
    'geo.continent.code': city.continent?.code,
    'geo.continent_name': city.continent?.names?.en,
    'geo.country.iso_code': city.country?.iso_code,
    'geo.country_name': city.country?.names?.en,
    'geo.postal_code': city.postal?.code,
    'geo.region.iso_code': region?.iso_code,
    'geo.region_name': region?.names?.en,
    'geo.timezone': city.location?.time_zone,
  };
  const attributes = Object.entries(texts).flatMap(([key, text]) => (text ? [EncodedAttribute.of(key, text)] : []));
  const { latitude, longitude } = city.location ?? {};
  if (latitude === undefined || longitude === undefined) return attributes;
  return [...attributes, doubleAttribute('geo.location.lat', latitude), doubleAttribute('geo.location.lon', longitude)];
}

/** Coordinates are doubles, even if they are integers. */
function doubleAttribute(key: string, value: number): EncodedAttribute {
  writer.doubleField(ANY_VALUE_FIELDS.double, value);
  return EncodedAttribute.ofRaw(encodeKey(key), writer.finish());
}

const writer = new WireWriter(32);
