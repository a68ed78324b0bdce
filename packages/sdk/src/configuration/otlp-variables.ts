import type { Signal } from '@otelier/otlp';
import type { ClientTlsOptions, Compression } from '@otelier/transport/portable';
import { parseHeaderList } from './header-list.ts';
import type { Variables } from './variables.ts';

/** Reads `OTEL_EXPORTER_OTLP_*` for one signal. Signal-specific variables override general ones. */
export class OtlpVariables {
  readonly #variables: Variables;
  readonly #prefixes: readonly [ofSignal: string, general: string];

  constructor(variables: Variables, signal: Signal) {
    this.#variables = variables;
    this.#prefixes = [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_`, 'OTEL_EXPORTER_OTLP_'];
  }

  get protocol(): 'grpc' | 'http/protobuf' | 'http/json' | undefined {
    return this.#first('PROTOCOL', (name) => this.#variables.choice(name, ['grpc', 'http/protobuf', 'http/json']));
  }

  get timeoutMillis(): number | undefined {
    return this.#first('TIMEOUT', (name) => this.#variables.timeout(name));
  }

  compression(isGrpc: boolean): Compression | undefined {
    const choices = isGrpc ? GRPC_COMPRESSIONS : HTTP_COMPRESSIONS;
    return this.#first('COMPRESSION', (name) => this.#variables.choice(name, choices));
  }

  /** Returns the base URL for all signals. */
  endpoint(isGrpc: boolean): string | undefined {
    return this.#endpoint(`${this.#prefixes[1]}ENDPOINT`, isGrpc);
  }

  /** Returns the endpoint for this signal only. For HTTP, it is the complete URL. */
  signalEndpoint(isGrpc: boolean): string | undefined {
    return this.#endpoint(`${this.#prefixes[0]}ENDPOINT`, isGrpc);
  }

  /** Headers for the signal, merged over the general ones. */
  get headers(): Readonly<Record<string, string>> {
    const [ofSignal, general] = this.#prefixes;
    return { ...this.#headers(`${general}HEADERS`), ...this.#headers(`${ofSignal}HEADERS`) };
  }

  /** Returns TLS options with the certificate files. `insecure` applies to gRPC endpoints without a scheme. */
  tls(isGrpc: boolean): ClientTlsOptions | undefined {
    const file = (key: string) => this.#first(key, (name) => this.#variables.text(name));
    const [caFile, certFile, keyFile] = [file('CERTIFICATE'), file('CLIENT_CERTIFICATE'), file('CLIENT_KEY')];
    const isInsecure = isGrpc && this.#first('INSECURE', (name) => this.#variables.flag(name));
    const tls = {
      ...(caFile === undefined ? {} : { caFile }),
      ...(certFile === undefined ? {} : { certFile }),
      ...(keyFile === undefined ? {} : { keyFile }),
      ...(isInsecure === true ? { insecure: true } : {}),
    };
    return Object.keys(tls).length === 0 ? undefined : tls;
  }

  /** Logs a warning that the certificates are invalid. */
  rejectCertificates(reason: string): void {
    const [ofSignal, general] = this.#prefixes;
    const names = ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].flatMap((key) => {
      const name = [ofSignal + key, general + key].find((each) => this.#variables.text(each) !== undefined);
      return name === undefined ? [] : [name];
    });
    this.#variables.reject(names.join(', '), 'files with certificates and a key in PEM', reason);
  }

  #first<T>(key: string, read: (name: string) => T | undefined): T | undefined {
    const [ofSignal, general] = this.#prefixes;
    return read(ofSignal + key) ?? read(general + key);
  }

  #endpoint(name: string, isGrpc: boolean): string | undefined {
    const text = this.#variables.text(name);
    if (text === undefined || isEndpoint(text, isGrpc)) return text;
    const expected = isGrpc ? 'an http or https URL, or host:port' : 'an http or https URL';
    const got = JSON.stringify(text.replace(/\/\/.*@/, '//…@'));
    return this.#variables.reject(name, `${expected}, without user and password`, got);
  }

  #headers(name: string): Readonly<Record<string, string>> {
    const { headers, errors } = parseHeaderList(this.#variables.text(name) ?? '');
    if (errors.length > 0) {
      const details = errors.map(({ member, expected }) => `member ${member}: expected ${expected}`);
      this.#variables.warn(name, `${details.join(', ')}; ignored`);
    }
    return headers;
  }
}

function isEndpoint(text: string, isGrpc: boolean): boolean {
  if (isGrpc && (/^(dns|unix|passthrough):/.test(text) || /^[^/@\s]+:\d{1,5}$/.test(text))) return true;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

const GRPC_COMPRESSIONS = ['none', 'gzip', 'deflate', 'zstd'] as const;
const HTTP_COMPRESSIONS = [...GRPC_COMPRESSIONS, 'brotli'] as const;
