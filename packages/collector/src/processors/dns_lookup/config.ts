import { isIP } from 'node:net';
import { attributesContextField } from '../../component/lookup/attributes-hooks.ts';
import { duration, inputFile, z } from '../../component/schema.ts';

/** Returns a field for a number of seconds, or a duration with a unit, parsed to milliseconds. */
function seconds() {
  return z.union([
    z
      .number()
      .min(0)
      .transform((value) => value * 1000),
    duration(),
  ]);
}

function lookupField(isEnabled: boolean, sources: readonly string[], target: string, description: string) {
  return z
    .object({
      enabled: z.boolean().prefault(isEnabled).describe('Whether to perform this lookup.'),
      context: attributesContextField(),
      sourceAttributes: z
        .array(z.string())
        .min(1)
        .prefault([...sources])
        .describe('Attributes to look up. The first valid one is used.'),
      targetAttribute: z.string().min(1).prefault(target).describe('Attribute to set.'),
    })
    .prefault({})
    .describe(description);
}

/** The configuration schema of `dns_lookup`. */
export const dnsLookupConfig = z
  .object({
    resolve: lookupField(true, ['source.address'], 'source.ip', 'Looks up the address of a hostname.'),
    reverse: lookupField(false, ['source.ip'], 'source.address', 'Looks up the hostname of an address.'),
    hostfiles: z.array(inputFile()).prefault([]).describe('Hosts files to consult first.'),
    nameservers: z
      .array(
        z.string().superRefine((server, issues) => {
          if (nameserverOf(server) === undefined)
            issues.addIssue({
              code: 'custom',
              message: 'expected an IP address such as "10.0.0.1" or "10.0.0.1:53"',
              input: server,
            });
        }),
      )
      .prefault([])
      .describe('DNS servers, each an IP address with an optional port, queried in this order.'),
    enableSystemResolver: z.boolean().prefault(true).describe("Whether to query the system's DNS servers last."),
    timeout: seconds().prefault(0.5).describe('Timeout of a query, in seconds or with a unit.'),
    maxRetries: z.int().min(0).prefault(1).describe('Number of retries if a query gets no response.'),
    maxConcurrent: z.int().min(1).prefault(64).describe('Maximum number of concurrent queries.'),
    hitCacheSize: z.int().min(0).prefault(10_000).describe('Maximum number of cached results. 0 means no cache.'),
    hitCacheTtl: seconds().prefault(300).describe('Lifetime of a result, in seconds or with a unit.'),
    missCacheSize: z
      .int()
      .min(0)
      .prefault(1000)
      .describe('Maximum number of cached negative results. 0 means no cache.'),
    missCacheTtl: seconds().prefault(60).describe('Lifetime of a negative result, in seconds or with a unit.'),
  })
  .superRefine(({ hostfiles, nameservers, enableSystemResolver, timeout }, issues) => {
    if (hostfiles.length === 0 && nameservers.length === 0 && !enableSystemResolver)
      issues.addIssue({
        code: 'custom',
        path: ['enableSystemResolver'],
        message: 'expected true, or `hostfiles` or `nameservers`',
      });
    if (timeout <= 0) issues.addIssue({ code: 'custom', path: ['timeout'], message: 'expected a duration above 0' });
  });

/** The parsed configuration. */
export type DnsLookupConfig = z.output<typeof dnsLookupConfig>;

/** Returns a server address with its port, or `undefined` if it is not an IP address. */
export function nameserverOf(text: string): string | undefined {
  if (isIP(text) !== 0) return isIP(text) === 6 ? `[${text}]:53` : `${text}:53`;
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  return isIP(bracketed ?? plain ?? '') !== 0 && Number(port) > 0 && Number(port) < 65_536 ? text : undefined;
}
