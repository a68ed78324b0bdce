import { EvaluationError, typeName, type Value, type ValueMap } from '../../ottl/values/value.ts';
import { defineParser } from '../definition/parser.ts';

export const uriParser = defineParser({
  type: 'uri_parser',
  summary: 'Parses an absolute URI, a path, or a query that begins with `?`.',
  fields: {},
  create: () => (value) => {
    if (typeof value !== 'string') throw new EvaluationError(`expected a string, got ${typeName(value)}`);
    return value.startsWith('?') ? withQuery(new Map(), value.slice(1)) : parseUri(value);
  },
});

/** Scheme, rest before the query, and query. */
const URI = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?([^?]*)(?:\?(.*))?$/s;
const AUTHORITY = /^\/\/(?:([^/@]*)@)?(\[[^\]/]*\]|[^/:]*)(?::(\d*))?(?=\/|$)/s;
const ESCAPE = /%(?![0-9A-Fa-f]{2})/;

function parseUri(text: string): ValueMap {
  const match = URI.exec(text);
  const fail = () => new EvaluationError(`expected a URI, got "${text}"`);
  if (match === null || text === '' || hasControl(text)) throw fail();
  const [, scheme = '', rest = '', query = ''] = match;
  const result: ValueMap = new Map();
  if (scheme === '' && !rest.startsWith('/') && rest !== '*') throw fail();
  if (scheme !== '') result.set('scheme', scheme.toLowerCase());
  // Without a slash after the scheme, the rest has no parts: mailto:someone
  if (scheme !== '' && !rest.startsWith('/')) return withQuery(result, query);
  const path = scheme !== '' && rest.startsWith('//') ? parseAuthority(rest, result) : rest;
  if (path === undefined || ESCAPE.test(path)) throw fail();
  if (path !== '') result.set('path', escapePath(path));
  return withQuery(result, query);
}

/** Sets user, host and port, and returns the path after them; `undefined` if they are invalid. */
function parseAuthority(rest: string, result: ValueMap): string | undefined {
  const authority = AUTHORITY.exec(rest);
  if (authority === null) return undefined;
  const [whole, userInfo = '', host = '', port = ''] = authority;
  const user = decode(userInfo.split(':')[0] ?? '');
  const name = decode(host.replace(/^\[|\]$/g, ''));
  if (user === undefined || name === undefined || /[ <>"\\^`{|}]/.test(host)) return undefined;
  if (user !== '') result.set('user', user);
  if (name !== '') result.set('host', name);
  if (port !== '') result.set('port', port);
  return rest.slice(whole.length);
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 32 || code === 127) return true;
  }
  return false;
}

/** Escapes a path like Go unless it is a valid encoding already. */
function escapePath(path: string): string {
  if (/^[\w\-.~!$&'()*+,;=:@[\]%/]*$/.test(path)) return path;
  return Array.from(Buffer.from(decode(path) ?? path), (byte) => {
    const character = String.fromCharCode(byte);
    return byte < 128 && /[\w\-.~$&+,/:;=@]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

function withQuery(result: ValueMap, query: string): ValueMap {
  const parameters: Map<string, Value[]> = new Map();
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const key = decode((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
    const value = decode((equals < 0 ? '' : pair.slice(equals + 1)).replaceAll('+', ' '));
    if (key === undefined || value === undefined) continue;
    const values = parameters.get(key);
    if (values === undefined) parameters.set(key, [value]);
    else values.push(value);
  }
  if (parameters.size > 0) result.set('query', parameters);
  return result;
}

/** Decodes escapes; `undefined` if they are invalid. */
function decode(text: string): string | undefined {
  if (ESCAPE.test(text)) return undefined;
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString());
}
