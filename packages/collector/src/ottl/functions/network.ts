import { createHash } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { constantOf } from '../compile/constant.ts';
import { defineFunction, type FunctionDefinition } from '../compile/function.ts';
import { integer, listOf, optional, text } from '../compile/parameters.ts';
import { EvaluationError } from '../values/value.ts';

const PROTOCOLS: Readonly<Record<string, number>> = { ICMP: 1, TCP: 6, UDP: 17, RSVP: 46, ICMP6: 58, SCTP: 132 };

/** Converters for network addresses. */
export const NETWORKS: readonly FunctionDefinition[] = [
  defineFunction('IsInCIDR', { target: text(), networks: listOf(text()) }, ({ target, networks }) => {
    const known = networks.map((network) => constantOf(network)?.value);
    const list = known.every((network) => network !== undefined) ? blockList(known) : undefined;
    return (subject) => {
      const address = unmapped(target(subject));
      if (isIP(address) === 0) return false;
      const blocks = list ?? blockList(networks.map((network) => network(subject)));
      return blocks.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
    };
  }),
  defineFunction(
    'CommunityID',
    {
      sourceIp: text(),
      sourcePort: integer(),
      destinationIp: text(),
      destinationPort: integer(),
      protocol: optional(text()),
      seed: optional(integer()),
    },
    ({ sourceIp, sourcePort, destinationIp, destinationPort, protocol, seed }) =>
      (subject) => {
        const source = endpoint('source', sourceIp(subject), sourcePort(subject));
        const destination = endpoint('destination', destinationIp(subject), destinationPort(subject));
        const name = protocol?.(subject) ?? 'TCP';
        const number = Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
        if (number === undefined) throw new EvaluationError(`expected a protocol such as "TCP", got "${name}"`);
        const [first, second] = isOrdered(source, destination) ? [source, destination] : [destination, source];
        const tuple = [
          ...bigEndian16(seed?.(subject) ?? 0n, 'seed'),
          ...first.address,
          ...second.address,
          number,
          0,
          ...bigEndian16(first.port, 'port'),
          ...bigEndian16(second.port, 'port'),
        ];
        return `1:${createHash('sha1').update(Uint8Array.from(tuple)).digest('base64')}`;
      },
  ),
];

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = '', prefix = ''] = /^(.+)\/(\d{1,3})$/.exec(network) ?? [];
    const version = isIP(address);
    if (version === 0 || Number(prefix) > (version === 4 ? 32 : 128))
      throw new EvaluationError(`expected a network such as "10.0.0.0/8", got "${network}"`);
    list.addSubnet(address, Number(prefix), version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** Converts an IPv4-mapped IPv6 address to IPv4. */
function unmapped(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

interface FlowEndpoint {
  readonly address: readonly number[];
  readonly port: bigint;
}

function endpoint(name: string, ip: string, port: bigint): FlowEndpoint {
  if (port < 0n || port > 65_535n) throw new EvaluationError(`expected a ${name} port from 0 to 65535, got ${port}`);
  const address = addressBytes(unmapped(ip));
  if (address === undefined) throw new EvaluationError(`expected a ${name} IP address, got "${ip}"`);
  return { address, port };
}

function addressBytes(ip: string): number[] | undefined {
  if (isIP(ip) === 4) return ip.split('.').map(Number);
  if (isIP(ip) === 0 || ip.includes('%')) return undefined;
  const withHex = ip.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((value) => value.toString(16)).join(':'),
  );
  const [head = '', tail] = withHex.split('::');
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  const groups = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
  return groups.flatMap((group) => [group >> 8, group & 255]);
}

/** Reports whether the smaller endpoint comes first. Both directions of a flow thus have the same ID. */
function isOrdered(source: FlowEndpoint, destination: FlowEndpoint): boolean {
  if (source.address.length !== destination.address.length) return source.address.length < destination.address.length;
  const order = Buffer.compare(Uint8Array.from(source.address), Uint8Array.from(destination.address));
  return order < 0 || (order === 0 && source.port <= destination.port);
}

function bigEndian16(value: bigint, name: string): number[] {
  if (value < 0n || value > 65_535n) throw new EvaluationError(`expected a ${name} from 0 to 65535, got ${value}`);
  return [Number(value >> 8n), Number(value & 255n)];
}
