import { connect } from 'node:net';
import type { Clock } from '@otelier/transport';
import { parseEndpoint } from '@otelier/transport/endpoint';
import type { Reading, ReadingGroup } from '../scraping/reading.ts';

/** A server to check. */
export interface TcpTarget {
  readonly endpoint: string;
  readonly timeoutMillis: number;
}

/** Codes of errors of the system, as the Collector names them. Others are `unknown_error`. */
const ERROR_CODES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection_refused'],
  ['ECONNRESET', 'connection_refused'],
  ['EHOSTUNREACH', 'connection_refused'],
  ['EHOSTDOWN', 'connection_refused'],
  ['ETIMEDOUT', 'connection_timeout'],
  ['ENETUNREACH', 'network_unreachable'],
  ['ENETDOWN', 'network_unreachable'],
]);

/** Returns a function that connects to all servers at once. Errors count from now on. */
export function createTcpCheck(targets: readonly TcpTarget[], clock: Clock): () => Promise<readonly ReadingGroup[]> {
  const startMillis = clock.now();
  const errors = new Map<string, number>();
  const check = async ({ endpoint, timeoutMillis }: TcpTarget): Promise<Reading[]> => {
    const attributes = { 'tcpcheck.endpoint': endpoint };
    const begin = clock.monotonic();
    const code = await connectOnce(endpoint, timeoutMillis, clock);
    if (code === undefined)
      return [
        { metric: 'tcpcheck.duration', value: clock.monotonic() - begin, attributes },
        { metric: 'tcpcheck.status', value: 1, attributes },
      ];
    const count = (errors.get(`${endpoint} ${code}`) ?? 0) + 1;
    errors.set(`${endpoint} ${code}`, count);
    return [
      { metric: 'tcpcheck.error', value: count, attributes: { ...attributes, 'error.code': code } },
      { metric: 'tcpcheck.status', value: 0, attributes },
    ];
  };
  return async () => {
    const readings = await Promise.all(targets.map(check));
    return [{ resource: {}, startMillis, readings: readings.flat() }];
  };
}

/** Connects and disconnects. Resolves with the code of the error, or `undefined`. */
function connectOnce(endpoint: string, timeoutMillis: number, clock: Clock): Promise<string | undefined> {
  const target = parseEndpoint(endpoint);
  const { host, port } = target.kind === 'tcp' ? target : { host: '', port: 0 };
  return new Promise((resolve) => {
    const socket = connect({ port, ...(host !== '' && { host }) });
    const end = (code: string | undefined) => {
      cancel();
      socket.destroy();
      resolve(code);
    };
    const cancel = clock.setTimeout(() => end('connection_timeout'), timeoutMillis);
    socket.once('connect', () => end(undefined));
    socket.on('error', (error: NodeJS.ErrnoException) => end(ERROR_CODES.get(error.code ?? '') ?? 'unknown_error'));
  });
}
