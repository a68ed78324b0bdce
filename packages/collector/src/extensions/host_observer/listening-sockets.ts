import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A socket that accepts connections or datagrams. */
export interface ListeningSocket {
  readonly address: string;
  readonly port: number;
  readonly transport: 'TCP' | 'UDP';
  readonly isIpv6: boolean;
  /** Number of the socket in the system, which names it among the descriptors of its process. */
  readonly inode: string;
}

/** States in proc_pid_net(5): TCP sockets that listen, and UDP sockets without a peer. */
const LISTENING = { TCP: '0A', UDP: '07' } as const;

const TABLES = [
  { file: 'tcp', transport: 'TCP', isIpv6: false },
  { file: 'tcp6', transport: 'TCP', isIpv6: true },
  { file: 'udp', transport: 'UDP', isIpv6: false },
  { file: 'udp6', transport: 'UDP', isIpv6: true },
] as const;

/** Reads the sockets in `net/` of a proc file system that listen. Rejects if there is none. */
export async function readListeningSockets(proc: string): Promise<readonly ListeningSocket[]> {
  const tables = await Promise.all(
    TABLES.map(async ({ file, transport, isIpv6 }) => {
      const text = await readFile(join(proc, 'net', file), 'utf8').catch((error: NodeJS.ErrnoException) => {
        // A system without IPv6 has no tables of it.
        if (isIpv6 && error.code === 'ENOENT') return '';
        throw error;
      });
      return text.split('\n').flatMap((line) => parseSocket(line, transport, isIpv6));
    }),
  );
  return tables.flat();
}

/** Parses a row such as `0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4711 …`. */
function parseSocket(line: string, transport: 'TCP' | 'UDP', isIpv6: boolean): readonly ListeningSocket[] {
  const [, local = '', peer = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
  const [, address, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local) ?? [];
  if (address === undefined || port === undefined) return [];
  if (state !== LISTENING[transport] || !peer.endsWith(':0000')) return [];
  return [{ ...addressOf(address, isIpv6), port: Number.parseInt(port, 16), transport, inode }];
}

/** Converts an address from words of 32 bits in the order of the processor, which is little-endian here. */
function addressOf(hex: string, isIpv6: boolean): Pick<ListeningSocket, 'address' | 'isIpv6'> {
  const bytes = Buffer.from(hex, 'hex');
  bytes.swap32();
  if (!isIpv6) return { address: bytes.join('.'), isIpv6 };
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  const text = new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
  const isMapped = text.startsWith('::ffff:');
  return isMapped ? { address: bytes.subarray(12).join('.'), isIpv6: false } : { address: text, isIpv6 };
}
