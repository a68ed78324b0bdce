import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import * as os from 'node:os';
import { errorMessage } from '../../../../../component/error-message.ts';

/** Sources of the hostname. */
export const HOSTNAME_SOURCES = ['os', 'dns', 'cname', 'lookup'] as const;

/** Returns the hostname from the first source that provides one. Throws if none does. */
export async function resolveHostname(sources: readonly (typeof HOSTNAME_SOURCES)[number][]): Promise<string> {
  const failures: string[] = [];
  for (const source of sources) {
    try {
      return await RESOLVERS[source](os.hostname());
    } catch (error) {
      failures.push(`${source}: ${errorMessage(error)}`);
    }
  }
  throw new Error(`expected a hostname from one source, got none (${failures.join('; ')})`);
}

const RESOLVERS = {
  os: async (hostname: string) => hostname,
  dns: async (hostname: string) =>
    (await canonicalInHosts(hostname)) ?? (await canonicalName(hostname).catch(() => reverseName(hostname))),
  cname: canonicalName,
  lookup: reverseName,
} as const;

/** Returns the first name on the line of the hosts file that contains a given name. */
async function canonicalInHosts(hostname: string): Promise<string | undefined> {
  const path = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts';
  const content = await readFile(path, 'utf8').catch(() => '');
  for (const line of content.split('\n')) {
    const [, canonical, ...aliases] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    if (canonical !== undefined && [canonical, ...aliases].includes(hostname)) return canonical;
  }
  return undefined;
}

/** Returns the canonical name, following aliases. A name without an address is an error. */
async function canonicalName(hostname: string): Promise<string> {
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  let failure: unknown;
  for (const candidate of await candidates(hostname)) {
    try {
      let name = candidate;
      for (let hops = 0; hops < MAX_ALIASES; hops++) {
        const [next] = await resolver.resolveCname(name).catch(() => []);
        if (next === undefined) break;
        name = next;
      }
      await lookup(name);
      return name.replace(/\.$/, '');
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

const MAX_ALIASES = 8;

/** Returns the name combined with the system's search domains, in the order in which the resolver tries them. */
async function candidates(hostname: string): Promise<string[]> {
  if (hostname.includes('.')) return [hostname];
  const content = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  const domains = content
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([keyword]) => keyword === 'search' || keyword === 'domain')
    .at(-1)
    ?.slice(1);
  return [...(domains ?? []).map((domain) => `${hostname}.${domain}`), hostname];
}

/** Returns the name of the first host address that has one. */
async function reverseName(hostname: string): Promise<string> {
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  let failure: unknown = new Error(`expected an address of ${hostname}, got none`);
  for (const { address } of await lookup(hostname, { all: true })) {
    try {
      const [name] = (await namesInHosts(address)) ?? (await resolver.reverse(address));
      if (name !== undefined) return name.replace(/\.$/, '');
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Returns the names of an address in the hosts file. */
async function namesInHosts(address: string): Promise<string[] | undefined> {
  const content = await readFile('/etc/hosts', 'utf8').catch(() => '');
  const names = content
    .split('\n')
    .map((line) => (line.split('#')[0] ?? '').trim().split(/\s+/))
    .filter(([first]) => first === address)
    .flatMap(([, ...rest]) => rest);
  return names.length === 0 ? undefined : names;
}
