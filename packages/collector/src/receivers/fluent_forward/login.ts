import { randomBytes } from 'node:crypto';
import { equalDigests, passwordDigest, sharedKeyDigest } from '../../fluent/handshake.ts';
import { MessagePackError, MessagePackReader } from '../../fluent/message-pack-reader.ts';
import { MessagePackWriter } from '../../fluent/message-pack-writer.ts';

/** What a sender must know. */
export interface Security {
  readonly sharedKey: string;
  readonly selfHostname: string;
  /** Passwords by user name. Without users, the shared key is enough. */
  readonly users: Readonly<Record<string, string>>;
}

/** The handshake of a connection: the server sends HELO, the client PING, and the server PONG. */
export class Login {
  /** The first message to the client. */
  readonly hello: Buffer;
  readonly #security: Security;
  readonly #nonce = randomBytes(16);
  readonly #auth: Buffer;

  constructor(security: Security) {
    this.#security = security;
    this.#auth = Object.keys(security.users).length === 0 ? Buffer.alloc(0) : randomBytes(16);
    const writer = new MessagePackWriter().array(2).text('HELO').map(3);
    writer.text('nonce').binary(this.#nonce).text('auth').binary(this.#auth).text('keepalive').bool(true);
    this.hello = writer.finish();
  }

  /** Checks the message of the client. Returns the message to send, and why the client is rejected, if it is. */
  check(ping: Uint8Array): { readonly pong: Buffer; readonly rejection: string | undefined } {
    const reader = new MessagePackReader(ping);
    const size = reader.array('PING');
    if (size !== 6) throw new MessagePackError(`PING: expected 6 elements, got ${size}`);
    const type = reader.text('PING');
    if (type !== 'PING') throw new MessagePackError(`expected PING, got ${JSON.stringify(type.slice(0, 20))}`);
    const hostname = reader.data('hostname');
    const salt = reader.data('salt');
    const digest = reader.text('digest');
    const username = reader.text('username');
    const password = reader.text('password');
    const { sharedKey, selfHostname } = this.#security;
    const expected = sharedKeyDigest({ salt, hostname, nonce: this.#nonce, sharedKey });
    const rejection = equalDigests(digest, expected) ? this.#checkUser(username, password) : 'shared_key mismatch';
    const own = sharedKeyDigest({ salt, hostname: selfHostname, nonce: this.#nonce, sharedKey });
    const writer = new MessagePackWriter()
      .array(5)
      .text('PONG')
      .bool(rejection === undefined);
    writer.text(rejection ?? '').text(rejection === undefined ? selfHostname : '');
    return { pong: writer.text(rejection === undefined ? own : '').finish(), rejection };
  }

  #checkUser(username: string, digest: string): string | undefined {
    const { users } = this.#security;
    if (Object.keys(users).length === 0) return undefined;
    // The digest is computed for unknown users too, so that the time does not tell which exist.
    const password = Object.hasOwn(users, username) ? users[username] : undefined;
    const expected = passwordDigest(this.#auth, username, password ?? '');
    return equalDigests(digest, expected) && password !== undefined ? undefined : 'username/password mismatch';
  }
}
