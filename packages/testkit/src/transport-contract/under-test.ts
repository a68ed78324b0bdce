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

/** A server and a client that speak to each other, as the suite makes them. */
export interface TransportUnderTest {
  /** Compressions that the client can send with. */
  readonly compressions: readonly Compression[];
  createServer(options: ServerUnderTest, handler: ExportHandler): Promise<ExportServer>;
  createClient(options: ClientUnderTest): ExportClient;
}

/** What the suite asks of a server. */
export interface ServerUnderTest {
  /** Default `127.0.0.1:0`. */
  readonly endpoint: string | Listener;
  /** Largest request, compressed and not. */
  readonly maxBodyBytes?: number;
  readonly requestTimeoutMillis?: number;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  readonly onInternalError?: (error: unknown) => void;
}

/** What the suite asks of a client. */
export interface ClientUnderTest {
  /** The server's address. */
  readonly address: string;
  readonly compression?: Compression;
  readonly timeoutMillis?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without it, the client speaks in the clear. */
  readonly tls?: ClientTlsOptions;
  readonly maxResponseBytes?: number;
}
