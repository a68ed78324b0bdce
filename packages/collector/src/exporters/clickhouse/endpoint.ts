/** Where and how to reach a server. */
export interface ClickHouseServers {
  /** URLs of the servers, with the path of the HTTP interface. */
  readonly urls: readonly URL[];
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** Settings of queries, such as `async_insert`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Compression that the endpoint asks for. */
  readonly compress: string | undefined;
  readonly skipsVerification: boolean;
  readonly strategy: 'in_order' | 'round_robin' | 'random';
}

const ENDPOINT =
  /^(?<scheme>[a-z]+):\/\/(?:(?<user>[^@/?#]*)@)?(?<hosts>[^?#]+?)(?<path>(?<!\/)\/(?!\/)[^?#]*)?(?:\?(?<query>[^#]*))?$/i;
const SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'tcp', 'clickhouse']);
/** Ports of the native protocol, without and with TLS. */
const NATIVE_PORTS: ReadonlySet<string> = new Set(['9000', '9440']);
const HTTP_PORTS: ReadonlySet<string> = new Set(['8123', '8443']);
const STRATEGIES = ['in_order', 'round_robin', 'random'] as const;

/** Parameters of the Collector's driver, which are no settings of the server. */
const DRIVER_PARAMETERS: ReadonlySet<string> = new Set([
  ...['block_buffer_size', 'client_info_product', 'compress_level', 'conn_max_lifetime', 'debug', 'dial_timeout'],
  ...['http_proxy', 'max_compression_buffer', 'max_idle_conns', 'max_open_conns', 'read_timeout', 'write_timeout'],
]);

/**
 * Parses an endpoint, as the Collector's driver writes it, with extra parameters. Returns a message if it names no HTTP
 * interface.
 */
export function parseEndpoint(
  endpoint: string,
  extra: Readonly<Record<string, string>> = {},
): ClickHouseServers | string {
  const { scheme = '', user = '', hosts = '', path = '', query = '' } = ENDPOINT.exec(endpoint)?.groups ?? {};
  if (!SCHEMES.has(scheme.toLowerCase()) || hosts === '')
    return `expected a URL such as http://127.0.0.1:8123, got "${withoutPassword(endpoint)}"`;
  const parameters = new Map([...new URLSearchParams(query), ...Object.entries(extra)]);
  const take = (name: string): string | undefined => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value;
  };
  const isSecure = isTrue(take('secure')) || scheme.toLowerCase() === 'https';
  const httpPath = take('http_path') ?? '/';
  const urls: URL[] = [];
  for (const host of hosts.split(',')) {
    const name = host.replace(/^[a-z]+:\/\//i, '').trim();
    const native = nativePort(name, scheme.toLowerCase(), isSecure);
    if (native !== undefined) return native;
    const url = `${isSecure ? 'https' : 'http'}://${name}`;
    if (!URL.canParse(httpPath, url)) return `expected a host and a port, got "${name}"`;
    urls.push(new URL(httpPath, url));
  }
  const [name = '', password = ''] = user.split(/:(.*)/s);
  const strategy = take('connection_open_strategy') ?? 'in_order';
  const servers = {
    urls,
    username: take('username') ?? decoded(name),
    password: take('password') ?? decoded(password),
    database: take('database') ?? decoded(path.slice(1)),
    compress: take('compress'),
    skipsVerification: isTrue(take('skip_verify')),
    strategy: STRATEGIES.find((known) => known === strategy) ?? 'in_order',
  };
  for (const driver of DRIVER_PARAMETERS) parameters.delete(driver);
  return { ...servers, settings: Object.fromEntries(parameters) };
}

/** Returns a message if a host names the native protocol. */
function nativePort(host: string, scheme: string, isSecure: boolean): string | undefined {
  const port = /:(\d+)$/.exec(host)?.[1];
  const isNative = NATIVE_PORTS.has(port ?? '') || (scheme === 'tcp' && !HTTP_PORTS.has(port ?? ''));
  if (!isNative && (scheme !== 'clickhouse' || port !== undefined)) return undefined;
  const isTls = isSecure || port === '9440';
  const instead = `${isTls ? 'https' : 'http'}://${host.replace(/:\d+$/, '')}:${isTls ? 8443 : 8123}`;
  return `expected the HTTP interface, such as ${instead}, got ${scheme}://${host}: otelier does not speak ClickHouse's native protocol`;
}

function isTrue(text: string | undefined): boolean {
  return text === 'true' || text === '1';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutPassword(endpoint: string): string {
  return endpoint.replace(/\/\/[^@/]*@/, '//…@');
}
