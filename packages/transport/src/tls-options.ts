/** Certificates and limits common to servers and clients. Each certificate or key is a file or a PEM string. */
export interface TlsMaterial {
  /** Trusted certificate authorities. If set on a server, it requires client certificates issued by them. */
  readonly caFile?: string;
  readonly caPem?: string;
  readonly certFile?: string;
  readonly certPem?: string;
  readonly keyFile?: string;
  readonly keyPem?: string;
  /**
   * Revocation lists of the authorities, in PEM or one in DER. If set, a peer is rejected if its certificate or an authority
   * of its chain is revoked, or if an authority of its chain has no list or an expired one.
   */
  readonly crlFile?: string;
  readonly crlPem?: string;
  /** Defaults to 1.2. */
  readonly minVersion?: TlsVersion;
  /** Defaults to 1.3. */
  readonly maxVersion?: TlsVersion;
  /** Cipher suites by OpenSSL or IANA name (`TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`). Defaults to Node's. */
  readonly cipherSuites?: readonly string[];
  /** Elliptic curves, such as `X25519` or `P-256`. */
  readonly curvePreferences?: readonly string[];
  /**
   * Minimum interval between checks for changed files, which happen when a connection is opened. Defaults to 10,000.
   */
  readonly reloadIntervalMillis?: number;
}

/** Client TLS options. */
export interface ClientTlsOptions extends TlsMaterial {
  /** Whether to connect without TLS. */
  readonly insecure?: boolean;
  /** Whether to skip verification of the server's certificate. */
  readonly insecureSkipVerify?: boolean;
  /** Host name expected in the server's certificate. Defaults to the host of the endpoint. */
  readonly serverNameOverride?: string;
  /** Whether to trust the system's certificate authorities in addition to `caFile`. */
  readonly includeSystemCaCertsPool?: boolean;
}

/** A TLS version, in the Collector's notation. */
export type TlsVersion = '1.2' | '1.3';
