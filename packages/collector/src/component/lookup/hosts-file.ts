import { isIP } from 'node:net';

/** The names and addresses in hosts files, in file order. */
export interface Hosts {
  /** Returns the addresses of a name, which must be in lower case. */
  addresses(name: string): readonly string[] | undefined;
  /** Returns the names of an address. */
  names(address: string): readonly string[] | undefined;
}

/** Parses hosts files. Names are converted to lower case, without a trailing dot. Malformed lines are skipped. */
export function parseHosts(contents: readonly string[], isName: (name: string) => boolean = () => true): Hosts {
  const addresses = new Map<string, Set<string>>();
  const names = new Map<string, Set<string>>();
  for (const line of contents.join('\n').split('\n')) {
    const [address = '', ...found] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const written of found) {
      const name = normalizeHostname(written);
      if (!isName(name)) continue;
      add(addresses, name, address);
      add(names, address, name);
    }
  }
  const listOf = (map: ReadonlyMap<string, ReadonlySet<string>>, key: string) => {
    const values = map.get(key);
    return values === undefined ? undefined : [...values];
  };
  return { addresses: (name) => listOf(addresses, name), names: (address) => listOf(names, address) };
}

/** Converts a hostname to lower case and removes a trailing dot. */
export function normalizeHostname(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}
