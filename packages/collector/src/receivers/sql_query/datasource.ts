/** A database, and how to connect to it. */
export interface Datasource {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly sslMode: string;
  /** Files with the CA certificates, the certificate of the client, and its key. */
  readonly files: Readonly<Record<'ca' | 'cert' | 'key', string | undefined>>;
}

interface ConfiguredDatasource {
  readonly datasource: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly additionalParams: Readonly<Record<string, string | number | boolean>>;
}

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** Returns the configured database, or what is wrong with it, without its password. */
export function parseDatasource(config: ConfiguredDatasource): Datasource | string {
  const { datasource, host, port, database, username, password, additionalParams } = config;
  if (datasource === '') {
    const parameters = new Map(Object.entries(additionalParams).map(([name, value]) => [name, String(value)]));
    return targetOf({ host, port: String(port), database, username, password }, parameters);
  }
  return /^postgres(?:ql)?:\/\//.test(datasource) ? parseUrl(datasource) : parsePairs(datasource);
}

function parseUrl(text: string): Datasource | string {
  if (!URL.canParse(text)) return 'expected a URL such as postgres://user:password@host:5432/database, got another';
  const url = new URL(text);
  return targetOf(
    {
      host: url.hostname,
      port: url.port,
      database: decodeURIComponent(url.pathname.slice(1)),
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    },
    new Map(url.searchParams),
  );
}

const PAIR = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s']*))(?:\s+|$)/y;

function parsePairs(text: string): Datasource | string {
  const pairs = new Map<string, string>();
  PAIR.lastIndex = 0;
  for (let at = 0; at < text.length; at = PAIR.lastIndex) {
    const match = PAIR.exec(text);
    if (match === null) return 'expected pairs such as host=localhost port=5432 user=name password=text, got others';
    pairs.set(match[1] ?? '', match[2]?.replaceAll(/\\(.)/g, '$1') ?? match[3] ?? '');
  }
  const [host = '', port = '', database = '', username = '', password = ''] = [
    'host',
    'port',
    'dbname',
    'user',
    'password',
  ].map((name) => pairs.get(name));
  return targetOf({ host, port, database, username, password }, pairs);
}

type Address = Readonly<Record<'host' | 'port' | 'database' | 'username' | 'password', string>>;

function targetOf(address: Address, parameters: ReadonlyMap<string, string>): Datasource | string {
  const sslMode = parameters.get('sslmode') ?? 'require';
  if (!MODES.includes(sslMode)) return `expected an sslmode of ${MODES.join(', ')}, got "${sslMode}"`;
  const port = Number(address.port === '' ? 5432 : address.port);
  if (!(port > 0 && port < 65_536)) return `expected a port, got "${address.port}"`;
  return {
    ...address,
    port,
    host: address.host || 'localhost',
    database: address.database || address.username,
    sslMode,
    files: {
      ca: parameters.get('sslrootcert'),
      cert: parameters.get('sslcert'),
      key: parameters.get('sslkey'),
    },
  };
}
