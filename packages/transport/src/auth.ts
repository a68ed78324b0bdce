import { createHash, timingSafeEqual } from 'node:crypto';
import { type Clock, systemClock } from './clock.ts';
import { FileError, FreshFiles, readNamedFile } from './fresh-files.ts';

/** Request headers as Node gives them: lower-cased names. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Says who sent a request. Servers call it for every request, before anything of the body is read. */
export interface Authenticator {
  /** Value of `www-authenticate` for a client that has not authenticated. */
  readonly challenge: string;
  /** Judges the headers of a request. Credentials appear in no result. */
  authenticate(headers: RequestHeaders): AuthResult;
}

/** The sender, or why the request is refused (without the credentials that were tried). */
export type AuthResult =
  | { readonly kind: 'authenticated'; readonly subject: string }
  | { readonly kind: 'unauthenticated'; readonly reason: string };

/** Tokens that a bearer authenticator takes. */
export interface BearerOptions {
  readonly tokens?: readonly string[];
  /** A file with one token a line, read again when it changes. */
  readonly tokenFile?: string;
  /** Default `Bearer`. */
  readonly scheme?: string;
  /** Default `authorization`. */
  readonly header?: string;
}

/**
 * Takes requests that carry one of the tokens. The subject is `bearer:` and the start of the token's SHA-256, which
 * tells senders apart without telling the token.
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
      // Every token is compared, whichever matches, so that time tells nothing.
      let known = false;
      for (const candidate of digests()) known = timingSafeEqual(candidate, digest) || known;
      if (!known) return unauthenticated(`the ${scheme} token is not one that this server knows`);
      return { kind: 'authenticated', subject: `bearer:${digest.toString('hex').slice(0, 12)}` };
    },
  };
}

/** Users that a basic authenticator takes. */
export interface BasicOptions {
  /** Lines `user:password` or `user:{SHA}…`, as in htpasswd. Of its hashes only `{SHA}` is understood. */
  readonly users?: readonly string[];
  /** A file with such lines, read again when it changes. */
  readonly usersFile?: string;
}

/** Takes requests with a user's name and password. The subject is the name. Throws for a hash that it does not know. */
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
      return known
        ? { kind: 'authenticated', subject: name }
        : unauthenticated('the user or password is not one that this server knows');
    },
  };
}

/** Headers with which a client authenticates by token. */
export function bearerHeaders(token: string, scheme = 'Bearer'): Readonly<Record<string, string>> {
  return { authorization: `${scheme} ${token}` };
}

/** Headers with which a client authenticates by name and password. */
export function basicHeaders(name: string, password: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`, 'utf8').toString('base64')}` };
}

interface User {
  readonly nameDigest: Buffer;
  /** SHA-256 of the password, or of its base64 SHA-1 where the file has only that. */
  readonly passwordDigest: Buffer;
  readonly isSha1: boolean;
}

function parseUser(line: string, place: string): User {
  const [name, secret] = splitAtColon(line);
  if (name === '' || secret === '') throw new FileError(`${place}: expected name:password, got neither`);
  if (/^\$(?:2[aby]|apr1|5|6)\$/.test(secret)) {
    throw new FileError(`${place}: expected a plain password or {SHA}, got a hash of another kind for user ${name}`);
  }
  const isSha1 = secret.startsWith('{SHA}');
  return { nameDigest: sha256(name), passwordDigest: sha256(isSha1 ? secret.slice(5) : secret), isSha1 };
}

/** Secrets from options and a file together; the result gives the current ones. Throws when there are none. */
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
  let current = file === undefined ? fixed : read(file);
  if (current.length === 0) throw new FileError(`${component}: expected at least one credential, got none`);
  if (file === undefined) return () => current;
  const files = new FreshFiles([file], RELOAD_INTERVAL_MILLIS, clock);
  return () => {
    if (files.changed()) current = readOrKeep(() => read(file), current);
    return current;
  };
}

const RELOAD_INTERVAL_MILLIS = 5_000;

/** A file that is being replaced may be missing or half written for a moment: the former secrets hold until it is whole. */
function readOrKeep<T>(read: () => readonly T[], current: readonly T[]): readonly T[] {
  try {
    return read();
  } catch {
    return current;
  }
}

function credentialsOf(header: string | readonly string[] | undefined, scheme: string): string | undefined {
  const value = typeof header === 'string' ? header : header?.[0];
  if (value === undefined) return undefined;
  if (scheme === '') return value.trim();
  // RFC 9110: the name of a scheme is case-insensitive.
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
