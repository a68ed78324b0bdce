import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ComponentContext } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { createDnsClient, type DnsClient, type DnsResult } from '../../component/lookup/dns-client.ts';
import { type Hosts, normalizeHostname, parseHosts } from '../../component/lookup/hosts-file.ts';
import { type DnsLookupConfig, nameserverOf } from './config.ts';

/** `resolve` looks up the addresses of a hostname, `reverse` the hostnames of an address. */
export type Direction = 'resolve' | 'reverse';

/** Hosts files and DNS servers, in lookup order. */
export interface Resolvers {
  start(): Promise<void>;
  /** Looks up a hostname or address. Never rejects. */
  lookUp(direction: Direction, text: string): Promise<DnsResult>;
  close(): void;
}

const FIRST_DELAY_MILLIS = 50;
const MAX_DELAY_MILLIS = 200;

/** Creates the resolvers for a configuration. */
export function createResolvers(config: DnsLookupConfig, { clock, random }: ComponentContext): Resolvers {
  const { hostfiles, nameservers, enableSystemResolver, timeout, maxRetries } = config;
  const client = (server: string | undefined): DnsClient =>
    createDnsClient({ timeoutMillis: timeout, server, usesHostsFile: server === undefined });
  const clients = [...nameservers.map(nameserverOf), ...(enableSystemResolver ? [undefined] : [])].map(client);
  const stop = new AbortController();
  let hosts: Hosts = parseHosts([]);

  const query = async (direction: Direction, text: string, from: DnsClient): Promise<DnsResult> => {
    let delayMillis = FIRST_DELAY_MILLIS;
    for (let attempts = 0; ; attempts++) {
      const result = await (direction === 'reverse' ? from.names(text) : addressesOf(text, from));
      const isFinal = result.kind !== 'failed' || !result.isTemporary || attempts >= maxRetries;
      if (isFinal || stop.signal.aborted) return result;
      await new Promise<void>((resolve) => {
        const cancel = clock.setTimeout(resolve, delayMillis * (0.5 + random()));
        stop.signal.addEventListener('abort', () => {
          cancel();
          resolve();
        });
      });
      delayMillis = Math.min(delayMillis * 1.5, MAX_DELAY_MILLIS);
    }
  };
  return {
    async start() {
      const contents = await Promise.all(
        hostfiles.map((path) =>
          readFile(path, 'utf8').catch((error: unknown) => {
            throw new Error(`${path}: expected a hosts file, got ${errorMessage(error)}`, { cause: error });
          }),
        ),
      );
      hosts = parseHosts(contents, isHostname);
    },
    async lookUp(direction, text) {
      const own = direction === 'resolve' ? hosts.addresses(text) : hosts.names(text);
      if (own !== undefined) return { kind: 'found', values: own };
      let last: DnsResult = { kind: 'missing' };
      for (const each of clients) {
        last = await query(direction, text, each);
        if (last.kind !== 'failed') return last;
      }
      return last;
    },
    close() {
      stop.abort();
      for (const each of clients) each.close();
    },
  };
}

/** Looks up IPv4 addresses, and IPv6 addresses only for names without any. */
async function addressesOf(name: string, client: DnsClient): Promise<DnsResult> {
  const ipv4 = await client.addresses(name, 4);
  return ipv4.kind === 'missing' ? client.addresses(name, 6) : ipv4;
}

/** Reports whether a string is a hostname rather than an address. */
export function isHostname(text: string): boolean {
  return text.length <= 255 && isIP(text) === 0 && HOSTNAME.test(text);
}

const HOSTNAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*[._]?$/;

/** Returns the string to look up for an attribute value, or `undefined` if the value is not valid. */
export function lookupText(direction: Direction, value: string): string | undefined {
  if (direction === 'reverse') return isIP(value) !== 0 && !/^(?:0\.0\.0\.0|[0:]+)$/.test(value) ? value : undefined;
  const name = normalizeHostname(value);
  return isHostname(name) ? name : undefined;
}
