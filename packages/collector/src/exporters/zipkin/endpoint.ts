import { canonicalAddress } from '../../spans/ip-address.ts';
import type { OutgoingEndpoint } from './outgoing-span.ts';

/** The tags that make an endpoint. */
export interface EndpointTags {
  readonly services: readonly string[];
  readonly addresses: readonly string[];
  readonly port: string;
}

/** The tags of the node that recorded a span. */
export const LOCAL: EndpointTags = {
  services: [],
  addresses: ['network.local.address'],
  port: 'net.host.port',
};

/** The tags of its peer. */
export const REMOTE: EndpointTags = {
  services: ['service.peer.name', 'peer.service'],
  addresses: ['network.peer.address'],
  port: 'net.peer.port',
};

/** Returns the endpoint that tags describe, and adds the names of the tags that it replaces to `used`. */
export function endpointOf(
  tags: ReadonlyMap<string, string>,
  serviceName: string,
  names: EndpointTags,
  used: Set<string>,
): OutgoingEndpoint | undefined {
  const take = (name: string | undefined): string | undefined => {
    const value = name === undefined ? undefined : tags.get(name);
    if (name !== undefined && value !== undefined) used.add(name);
    return value;
  };
  const service = take(names.services.find((name) => tags.has(name))) ?? serviceName;
  const address = take(names.addresses.find((name) => tags.has(name)));
  const port = portOf(take(names.port));
  const canonical = address === undefined ? undefined : canonicalAddress(address);
  if (service === '' && canonical === undefined) return undefined;
  const isIpv6 = address?.includes(':') ?? false;
  return {
    serviceName: service,
    ipv4: isIpv6 ? '' : (canonical ?? ''),
    ipv6: isIpv6 ? (canonical ?? '') : '',
    port,
  };
}

/** As in the Collector, numbers beyond 16 bits are the largest port, and other texts none. */
function portOf(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), 65_535) : 0;
}
