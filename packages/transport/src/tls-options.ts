/** Certificates and limits that servers and clients have in common. Each material is a file or PEM text. */
export interface TlsMaterial {
  /** Certificates of the authorities to trust. A server that has them asks every client for a certificate of theirs. */
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
  /** Names of OpenSSL or IANA (`TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`); default Node's. */
  readonly cipherSuites?: readonly string[];
  /** Such as `X25519`, `P-256`. */
  readonly curvePreferences?: readonly string[];
  /** How often, at most, the files are looked at for changes. Default 10,000; they are looked at when a connection begins. */
  readonly reloadIntervalMillis?: number;
}

/** TLS of a client. */
export interface ClientTlsOptions extends TlsMaterial {
  /** Speak without TLS. */
  readonly insecure?: boolean;
  /** Do not verify the server's certificate. */
  readonly insecureSkipVerify?: boolean;
  /** Name expected in the server's certificate, when it is not the host of the endpoint. */
  readonly serverNameOverride?: string;
  /** Trust the system's authorities beside `caFile`. */
  readonly includeSystemCaCertsPool?: boolean;
}

/** A version of TLS, as the Collector writes it. */
export type TlsVersion = '1.2' | '1.3';
