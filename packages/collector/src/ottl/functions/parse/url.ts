import { EvaluationError, type Value, type ValueMap } from '../../values/value.ts';

/** The generic URI syntax of RFC 3986: scheme, authority, path, query, fragment. */
const URI = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const AUTHORITY = /^(?:([^@]*)@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/s;

/** Splits a URL into the attributes defined by the semantic conventions. Also accepts a query that starts with `?`. */
export function parseUrl(text: string): ValueMap {
  if (text === '') throw new EvaluationError('expected a URL, got an empty string');
  if (text.startsWith('?')) return queryOnly(text.slice(1));
  const uri = URI.exec(text);
  const [, scheme = '', authority = '', path = '', query = '', fragment = ''] = uri ?? [];
  const host = AUTHORITY.exec(authority);
  const hasControl = /\p{Cc}/u.test(text) || authority.includes(' ');
  // Without a scheme, the first path segment cannot contain a colon.
  const isAmbiguous = scheme === '' && !text.startsWith('/') && /^[^/]*:/.test(path);
  if (uri === null || host === null || hasControl || isAmbiguous)
    throw new EvaluationError(`expected a URL, got "${text}"`);
  const [, userInfo, domain = '', port = ''] = host;
  const decodedPath = decode(path, text);
  const decodedFragment = decode(fragment, text);
  const extension = /\.([^.]+)$/s.exec(decodedPath)?.[1];
  const [user = '', password] = splitUser(userInfo);
  const original = [
    scheme === '' ? '' : `${scheme.toLowerCase()}:`,
    text.slice(scheme === '' ? 0 : scheme.length + 1).startsWith('//') ? `//${authority}` : '',
    escapePart(path, decodedPath, PATH),
    query === '' ? '' : `?${query}`,
    fragment === '' ? '' : `#${escapePart(fragment, decodedFragment, FRAGMENT)}`,
  ];
  const entries: [string, Value][] = [
    ['url.original', original.join('')],
    ['url.domain', domain.replace(/^\[|\]$/g, '')],
    ['url.scheme', scheme.toLowerCase()],
    ['url.path', decodedPath],
    ['url.port', port === '' ? undefined : BigInt(port)],
    ['url.fragment', fragment === '' ? undefined : decodedFragment],
    ['url.user_info', userInfo],
    ['url.username', user === '' ? undefined : decode(user, text)],
    ['url.password', password === undefined ? undefined : decode(password, text)],
    ['url.query', query === '' ? undefined : query],
    ['url.extension', extension],
  ];
  return new Map(entries.filter(([, value]) => value !== undefined));
}

/** The characters allowed in an encoded part, and those that an encoder leaves unescaped. */
interface Encoding {
  readonly valid: RegExp;
  readonly kept: RegExp;
}

const PATH: Encoding = { valid: /^[\w\-.~!$&'()*+,;=:@[\]%/]*$/, kept: /[\w\-.~$&+,/:;=@]/ };
const FRAGMENT: Encoding = { valid: /^[\w\-.~!$&'()*+,;=:@[\]%/?]*$/, kept: /[\w\-.~!$&()*+,/:;=?@]/ };

/** Returns a validly encoded part unchanged, and encodes it otherwise. */
function escapePart(part: string, decoded: string, { valid, kept }: Encoding): string {
  if (valid.test(part)) return part;
  return Array.from(Buffer.from(decoded), (byte) => {
    const character = String.fromCharCode(byte);
    return byte < 128 && kept.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

function splitUser(userInfo: string | undefined): [user: string | undefined, password: string | undefined] {
  if (userInfo === undefined) return [undefined, undefined];
  const colon = userInfo.indexOf(':');
  return colon < 0 ? [userInfo, undefined] : [userInfo.slice(0, colon), userInfo.slice(colon + 1)];
}

function queryOnly(query: string): ValueMap {
  const parameters: ValueMap = new Map();
  for (const [name, value] of new URLSearchParams(query)) {
    const values = parameters.get(name);
    if (Array.isArray(values)) values.push(value);
    else parameters.set(name, [value]);
  }
  return parameters.size === 0 ? new Map() : new Map([['query', parameters]]);
}

function decode(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new EvaluationError(`expected a URL with valid escapes, got "${text}"`);
  }
}
