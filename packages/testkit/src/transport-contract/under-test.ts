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

/** The factories of a server and a client that can communicate. */
export interface TransportUnderTest {
  /** Compressions that the client supports. */
  readonly compressions: readonly Compression[];
  createServer(options: ServerUnderTest, handler: ExportHandler): Promise<ExportServer>;
  createClient(options: ClientUnderTest): ExportClient;
}

/** Server options that the suite uses. */
export interface ServerUnderTest {
  /** Default: `127.0.0.1:0`. */
  readonly endpoint: string | Listener;
  /** Maximum size of a request, both compressed and decompressed. */
  readonly maxBodyBytes?: number;
  readonly requestTimeoutMillis?: number;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  readonly onInternalError?: (error: unknown) => void;
}

/** Client options that the suite uses. */
export interface ClientUnderTest {
  /** The server's address. */
  readonly address: string;
  readonly compression?: Compression;
  readonly timeoutMillis?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without it, the client does not use TLS. */
  readonly tls?: ClientTlsOptions;
  readonly maxResponseBytes?: number;
}
