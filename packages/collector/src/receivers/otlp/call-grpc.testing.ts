import http2 from 'node:http2';

/** Sends one message to a method (`/package.Service/Method`) over gRPC, and returns the status. */
export async function callGrpc(address: string, path: string, message: Uint8Array): Promise<string> {
  const session = http2.connect(`http://${address}`);
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(headers);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const take = (received: http2.IncomingHttpHeaders): void => {
    if (received['grpc-status'] !== undefined) resolve(String(received['grpc-status']));
  };
  stream.on('response', take).on('trailers', take).on('error', reject).resume();
  stream.end(Buffer.concat([head, message]));
  return promise.finally(() => session.close());
}
