import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type Hosts, normalizeHostname, parseHosts } from './hosts-file.ts';

/** The result of a query. A query that `failed` may succeed when it is repeated. */
export type DnsResult =
  | { readonly kind: 'found'; readonly values: readonly string[] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly isTemporary: boolean };

/** A DNS client that never rejects. */
export interface DnsClient {
  /** Resolves a name to IPv4 (`4`) or IPv6 (`6`) addresses. */
  addresses(name: string, family: 4 | 6): Promise<DnsResult>;
  /** Resolves an address to names. */
  names(address: string): Promise<DnsResult>;
  /** Cancels all pending queries. */
  close(): void;
}

/** Options for `createDnsClient`. */
export interface DnsClientOptions {
  readonly timeoutMillis: number;
  /** Server as `address` or `address:port`. Default: the servers configured in the system. */
  readonly server?: string | undefined;
  /** Whether to consult the system's hosts file first. */
  readonly usesHostsFile: boolean;
}

/** Creates a client. Throws if the server is not an IP address with an optional port. */
export function createDnsClient({ timeoutMillis, server, usesHostsFile }: DnsClientOptions): DnsClient {
  const resolver = new Resolver({ timeout: Math.max(1, Math.round(timeoutMillis)), tries: 1 });
  if (server !== undefined) resolver.setServers([server]);
  const hosts = usesHostsFile ? systemHosts() : undefined;
  return {
    async addresses(name, family) {
      if (isIP(name) !== 0) return isIP(name) === family ? found([name]) : { kind: 'missing' };
      const own = hosts?.addresses(normalizeHostname(name))?.filter((address) => isIP(address) === family);
      if (own !== undefined && own.length > 0) return found(own);
      return query(() => (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name)));
    },
    async names(address) {
      if (isIP(address) === 0) return { kind: 'failed', isTemporary: false };
      const own = hosts?.names(address);
      if (own !== undefined) return found(own);
      const result = await query(() => resolver.reverse(address));
      return result.kind === 'found' ? found(result.values.map((name) => name.replace(/\.$/, ''))) : result;
    },
    close: () => resolver.cancel(),
  };
}

function found(values: readonly string[]): DnsResult {
  return { kind: 'found', values };
}

/** Error codes for records that do not exist. */
const MISSING = new Set(['ENOTFOUND', 'ENODATA']);
/** Error codes of queries that may succeed later. */
const TEMPORARY = new Set(['ETIMEOUT', 'ECANCELLED', 'ECONNREFUSED', 'ESERVFAIL']);

async function query(run: () => Promise<string[]>): Promise<DnsResult> {
  try {
    const values = await run();
    return values.length === 0 ? { kind: 'missing' } : found(values);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return MISSING.has(code) ? { kind: 'missing' } : { kind: 'failed', isTemporary: TEMPORARY.has(code) };
  }
}

function systemHosts(): Hosts {
  const path = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts';
  try {
    return parseHosts([readFileSync(path, 'utf8')]);
  } catch {
    return parseHosts([]);
  }
}
