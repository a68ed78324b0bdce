import type {
  Authenticator,
  ClientTlsOptions,
  Compression,
  ExportClient,
  ExportHandler,
  ExportServer,
  Listener,
  ServerTlsOptions,
} from '@otelier/transport';

/** Factories for a server and a client that can communicate with each other. */
export interface TransportUnderTest {
  /** Compressions that the client supports. */
  readonly compressions: readonly Compression[];
  createServer(options: ServerUnderTest, handler: ExportHandler): Promise<ExportServer>;
  createClient(options: ClientUnderTest): ExportClient;
}

/** Server options used by the suite. */
export interface ServerUnderTest {
  /** Defaults to `127.0.0.1:0`. */
  readonly endpoint: string | Listener;
  /** Maximum size of a request, both compressed and decompressed. */
  readonly maxBodyBytes?: number;
  readonly requestTimeoutMillis?: number;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  readonly onInternalError?: (error: unknown) => void;
}

/** Client options used by the suite. */
export interface ClientUnderTest {
  /** The server's address. */
  readonly address: string;
  readonly compression?: Compression;
  readonly timeoutMillis?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** If omitted, the client does not use TLS. */
  readonly tls?: ClientTlsOptions;
  readonly maxResponseBytes?: number;
}
