/** Certificates and limits common to servers and clients. Each certificate or key is a file or PEM text. */
export interface TlsMaterial {
  /** Trusted certificate authorities. A server that has them requires a client certificate issued by them. */
  readonly caFile?: string;
  readonly caPem?: string;
  readonly certFile?: string;
  readonly certPem?: string;
  readonly keyFile?: string;
  readonly keyPem?: string;
  /** Default 1.2. */
  readonly minVersion?: TlsVersion;
  /** Default 1.3. */
  readonly maxVersion?: TlsVersion;
  /** Cipher suites by OpenSSL or IANA name (`TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`). Default: Node's. */
  readonly cipherSuites?: readonly string[];
  /** Elliptic curves, such as `X25519` or `P-256`. */
  readonly curvePreferences?: readonly string[];
  /**
   * Minimum interval between checks of the files for changes, which happen when a connection begins. Default 10,000.
   */
  readonly reloadIntervalMillis?: number;
}

/** TLS options of a client. */
export interface ClientTlsOptions extends TlsMaterial {
  /** Whether to connect without TLS. */
  readonly insecure?: boolean;
  /** Whether to skip verification of the server's certificate. */
  readonly insecureSkipVerify?: boolean;
  /** Expected name in the server's certificate. Default: the host of the endpoint. */
  readonly serverNameOverride?: string;
  /** Whether to trust the system's authorities in addition to `caFile`. */
  readonly includeSystemCaCertsPool?: boolean;
}

/** A TLS version, as the Collector spells it. */
export type TlsVersion = '1.2' | '1.3';
