import net from 'node:net';

/** Takes the bytes of `buffer` before `length`, which are gone when the call returns. */
export type TakeBytes = (buffer: Uint8Array, length: number) => void;

/**
 * Reads an accepted socket into one buffer that all sockets of this thread have in common, and gives the socket that
 * goes on in the other's place. That saves a new buffer and an event for every read; `grpc.bench.ts` and `http.bench.ts`
 * have the figures. `begin` is told that socket, and says who takes its bytes. It is the same socket, read by its `data`
 * events, where the other way cannot be had:
 *
 * - The handle of an accepted socket, and a second socket around it, are not documented. Both are looked for.
 * - Windows fills buffers while other code runs, so they cannot be shared there.
 */
export function readStanding(accepted: net.Socket, begin: (socket: net.Socket) => TakeBytes): net.Socket {
  const handle = process.platform === 'win32' ? undefined : takeHandle(accepted);
  if (handle === undefined) return readByEvents(accepted, begin(accepted));
  const options: SocketOptionsWithHandle = {
    handle,
    allowHalfOpen: accepted.allowHalfOpen,
    onread: {
      buffer: BUFFER,
      callback: (length, buffer) => {
        take(buffer, length);
        return true;
      },
    },
  };
  const socket = new net.Socket(options as net.SocketConstructorOpts);
  const take = begin(socket);
  // Bytes that had been read before, while nobody had accepted the connection.
  for (let chunk = accepted.read(); chunk instanceof Uint8Array; chunk = accepted.read()) take(chunk, chunk.length);
  // It has no handle to close, but its server still counts it.
  accepted.destroy();
  return socket.resume();
}

/** As many bytes as a read gives at most: more made no read larger in practice, less costs further reads. */
const BUFFER_BYTES = 256 * 1024;
const BUFFER = Buffer.allocUnsafeSlow(BUFFER_BYTES);

interface SocketOptionsWithHandle extends Omit<net.SocketConstructorOpts, 'handle'> {
  readonly handle: object;
}

/** Takes the handle away from a socket, which from then on owns nothing. */
function takeHandle(socket: net.Socket): object | undefined {
  const owner = socket as net.Socket & { _handle?: unknown };
  const handle = owner._handle;
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return undefined;
  owner._handle = null;
  return handle;
}

function readByEvents(socket: net.Socket, take: TakeBytes): net.Socket {
  return socket.on('data', (chunk: Buffer) => take(chunk, chunk.length));
}
