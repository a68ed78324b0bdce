import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Clock, systemClock } from './clock.ts';
import { FileError, readNamedFile, reloadableValue } from './reloadable-files.ts';

/** Request headers as provided by Node, with lower-case names. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Authenticates the sender of a request. Servers call it before reading the body. */
export interface Authenticator {
  /** The `WWW-Authenticate` header value sent to unauthenticated clients. */
  readonly challenge: string;
  /**
   * Authenticates a request by its headers. The result never contains credentials. `peer` is the remote address of the
   * connection without port; `undefined` for Unix sockets and requests without a connection. `target` is the path and query of an
   * HTTP request.
   */
  authenticate(headers: RequestHeaders, peer?: string, connection?: SenderConnection, target?: string): AuthResult;
}

/** The connection of a request, compared by identity. */
export interface SenderConnection {
  /** Calls a listener when the connection has closed. */
  onClose(listener: () => void): void;
}

const connections = new WeakMap<Closable, SenderConnection>();

/** Returns the connection of a socket, the same one for each of its requests. */
export function connectionOf(socket: Closable): SenderConnection {
  const known = connections.get(socket);
  if (known !== undefined) return known;
  const connection: SenderConnection = { onClose: (listener) => void socket.once('close', listener) };
  connections.set(socket, connection);
  return connection;
}

/** A socket, as far as its end is concerned. */
type Closable = Pick<Socket, 'once'>;

/**
 * The authenticated sender, or the reason for the rejection, which never includes the attempted credentials. `unavailable`
 * means that the credentials cannot be checked now, so that the client should try again, `forbidden` that the sender is
 * known but must not send, `malformed` that a header has an invalid value, `busy` that the sender exceeds a limit for now, and
 * `full` that it exceeds a quota, so that trying again does not help.
 */
export type AuthResult = AuthenticatedSender | RejectedSender;

/** The sender of a request, and the tenant that owns its telemetry; none means the default tenant. */
export interface AuthenticatedSender {
  readonly kind: 'authenticated';
  readonly subject: string | undefined;
  readonly tenant?: string | undefined;
}

/** Why a sender is rejected. */
export interface RejectedSender {
  readonly kind: 'unauthenticated' | 'unavailable' | 'forbidden' | 'malformed' | 'busy' | 'full';
  readonly reason: string;
  /** Delay after which the sender may try again, if known. */
  readonly afterMillis?: number | undefined;
  /** Whether the connection is one too many, so that it closes after the response. */
  readonly closesConnection?: boolean | undefined;
}

/** Returns the HTTP status with which a sender is refused. */
export function rejectedSenderStatus(kind: RejectedSender['kind']): number {
  return REJECTED_STATUS[kind];
}

const REJECTED_STATUS: Readonly<Record<RejectedSender['kind'], number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  busy: 429,
  unavailable: 503,
  full: 507,
};

/** Options for `createBearerAuthenticator`. */
export interface BearerOptions {
  readonly tokens?: readonly string[];
  /** Path of a file with one token per line, reloaded when it changes. */
  readonly tokenFile?: string;
  /** Defaults to `Bearer`. */
  readonly scheme?: string;
  /** Defaults to `authorization`. */
  readonly header?: string;
}

/**
 * Creates an authenticator that accepts the configured tokens. The subject is `bearer:` followed by a prefix of the
 * token's SHA-256, which distinguishes senders without revealing the token.
 */
export function createBearerAuthenticator(options: BearerOptions, clock: Clock = systemClock): Authenticator {
  const scheme = options.scheme ?? 'Bearer';
  const header = (options.header ?? 'authorization').toLowerCase();
  const digests = secretLines('bearertokenauth', options.tokens, options.tokenFile, clock, (token) => sha256(token));
  return {
    challenge: `${scheme} realm="otelier"`,
    authenticate(headers) {
      const credentials = credentialsOf(headers[header], scheme);
      if (credentials === undefined) return unauthenticated(`expected a header ${header} with a ${scheme} token`);
      const digest = sha256(credentials);
      // Compares against every token so that timing does not reveal which one matched.
      let known = false;
      for (const candidate of digests()) known = timingSafeEqual(candidate, digest) || known;
      if (!known) return unauthenticated(`the ${scheme} token is not valid`);
      return { kind: 'authenticated', subject: `bearer:${digest.toString('hex').slice(0, 12)}` };
    },
  };
}

/** Options for `createBasicAuthenticator`. */
export interface BasicOptions {
  /** Entries in htpasswd format: `user:password` or `user:{SHA}…`. `{SHA}` is the only supported hash. */
  readonly users?: readonly string[];
  /** Path of an htpasswd file, one entry per line, reloaded when it changes. */
  readonly usersFile?: string;
}

/**
 * Creates an authenticator for HTTP basic authentication. The subject is the user name. Throws for an unsupported hash.
 */
export function createBasicAuthenticator(options: BasicOptions, clock: Clock = systemClock): Authenticator {
  const users = secretLines('basicauth', options.users, options.usersFile, clock, parseUser);
  return {
    challenge: 'Basic realm="otelier", charset="UTF-8"',
    authenticate(headers) {
      const credentials = credentialsOf(headers['authorization'], 'Basic');
      if (credentials === undefined) return unauthenticated('expected a header authorization with Basic credentials');
      const [name, password] = splitAtColon(Buffer.from(credentials, 'base64').toString('utf8'));
      let known = false;
      for (const user of users()) {
        const sameName = timingSafeEqual(user.nameDigest, sha256(name));
        const samePassword = timingSafeEqual(user.passwordDigest, sha256(user.isSha1 ? sha1(password) : password));
        known = (sameName && samePassword) || known;
      }
      return known ? { kind: 'authenticated', subject: name } : unauthenticated('the user or password is not valid');
    },
  };
}

/** Returns the request headers for bearer token authentication. */
export function bearerHeaders(token: string, scheme = 'Bearer'): Readonly<Record<string, string>> {
  return { authorization: `${scheme} ${token}` };
}

/** Returns the request headers for HTTP basic authentication. */
export function basicHeaders(name: string, password: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`, 'utf8').toString('base64')}` };
}

interface User {
  readonly nameDigest: Buffer;
  /** SHA-256 of the password, or of its base64-encoded SHA-1 if only that is known. */
  readonly passwordDigest: Buffer;
  readonly isSha1: boolean;
}

function parseUser(line: string, place: string): User {
  const [name, secret] = splitAtColon(line);
  if (name === '' || secret === '') throw new FileError(`${place}: expected name:password, got neither`);
  if (/^\$(?:2[aby]|apr1|5|6)\$/.test(secret)) {
    throw new FileError(`${place}: expected a plain password or {SHA}, got an unsupported hash for user ${name}`);
  }
  const isSha1 = secret.startsWith('{SHA}');
  return { nameDigest: sha256(name), passwordDigest: sha256(isSha1 ? secret.slice(5) : secret), isSha1 };
}

/**
 * Combines the secrets from the options and from a file, and returns a function that returns the current set. Throws if
 * there are none.
 */
function secretLines<T>(
  component: string,
  inline: readonly string[] | undefined,
  file: string | undefined,
  clock: Clock,
  parse: (line: string, place: string) => T,
): () => readonly T[] {
  const fixed = (inline ?? []).map((line, index) => parse(line, `${component} entry ${index + 1}`));
  const read = (path: string): readonly T[] => [
    ...fixed,
    ...readNamedFile(`${component} file`, path)
      .toString('utf8')
      .split(/\r?\n/)
      .map((line, index) => ({ line: line.trim(), place: `${path}:${index + 1}` }))
      .filter(({ line }) => line !== '' && !line.startsWith('#'))
      .map(({ line, place }) => parse(line, place)),
  ];
  const current = file === undefined ? () => fixed : reloadableValue(file, () => read(file), clock);
  if (current().length === 0) throw new FileError(`${component}: expected at least one credential, got none`);
  return current;
}

function credentialsOf(header: string | readonly string[] | undefined, scheme: string): string | undefined {
  const value = typeof header === 'string' ? header : header?.[0];
  if (value === undefined) return undefined;
  if (scheme === '') return value.trim();
  // RFC 9110: scheme names are case-insensitive.
  if (value.length <= scheme.length || value[scheme.length] !== ' ') return undefined;
  if (value.slice(0, scheme.length).toLowerCase() !== scheme.toLowerCase()) return undefined;
  return value.slice(scheme.length + 1).trim();
}

function splitAtColon(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

function unauthenticated(reason: string): AuthResult {
  return { kind: 'unauthenticated', reason };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function sha1(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('base64');
}
