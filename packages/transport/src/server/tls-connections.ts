import tls from 'node:tls';
import type { Clock } from '../clock.ts';
import { createServerTls, HANDSHAKE_TIMEOUT_MILLIS, type ServerTlsOptions } from '../tls.ts';

/**
 * Creates a server that performs TLS on connections emitted to it as `connection`, offers one protocol through ALPN,
 * and emits `secureConnection`. It never listens itself. Throws `FileError` for invalid certificates.
 */
export function createTlsServer(options: ServerTlsOptions, protocol: 'h2' | 'http/1.1', clock: Clock): tls.Server {
  const material = createServerTls(options, clock);
  const server = tls.createServer({
    ...material.options,
    ALPNProtocols: [protocol],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MILLIS,
    allowHalfOpen: true,
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server.prependListener('connection', () => material.refresh(server));
}
