import net from 'node:net';

/** Receives the bytes of `buffer` before `length`, which are valid only during the call. */
export type BytesHandler = (buffer: Uint8Array, length: number) => void;

/**
 * Reads an accepted socket into one buffer shared by all sockets of this thread, and returns the socket that replaces
 * it. This saves a new buffer and an event per read, as measured by `grpc/server.bench.ts` and `http1/server.bench.ts`.
 * `begin` receives that socket and returns the handler for its bytes. Where this is not possible, returns the original
 * socket, which is read through its `data` events:
 *
 * - The handle of an accepted socket, and wrapping it in a second socket, are undocumented. The function checks for
 *   both.
 * - Windows fills buffers while other code runs, so they cannot be shared there.
 */
export function readIntoSharedBuffer(accepted: net.Socket, begin: (socket: net.Socket) => BytesHandler): net.Socket {
  const handle = process.platform === 'win32' ? undefined : takeHandle(accepted);
  if (handle === undefined) return readByEvents(accepted, begin(accepted));
  const options: SocketOptionsWithHandle = {
    handle,
    allowHalfOpen: accepted.allowHalfOpen,
    onread: {
      buffer: BUFFER,
      callback: (length, buffer) => {
        onBytes(buffer, length);
        return true;
      },
    },
  };
  const socket = new net.Socket(options as net.SocketConstructorOpts);
  const onBytes = begin(socket);
  // Bytes read before the connection was accepted.
  for (let chunk = accepted.read(); chunk instanceof Uint8Array; chunk = accepted.read()) onBytes(chunk, chunk.length);
  // It has no handle to close, but the server still counts it.
  accepted.destroy();
  return socket.resume();
}

/** Maximum size of a read. In practice, a larger buffer made no read larger, and a smaller one causes more reads. */
const BUFFER_BYTES = 256 * 1024;
const BUFFER = Buffer.allocUnsafeSlow(BUFFER_BYTES);

interface SocketOptionsWithHandle extends Omit<net.SocketConstructorOpts, 'handle'> {
  readonly handle: object;
}

/** Detaches the handle from a socket, which then owns nothing. */
function takeHandle(socket: net.Socket): object | undefined {
  const owner = socket as net.Socket & { _handle?: unknown };
  const handle = owner._handle;
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return undefined;
  owner._handle = null;
  return handle;
}

function readByEvents(socket: net.Socket, onBytes: BytesHandler): net.Socket {
  return socket.on('data', (chunk: Buffer) => onBytes(chunk, chunk.length));
}
