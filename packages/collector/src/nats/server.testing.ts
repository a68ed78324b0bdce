import { createServer, type Server, type Socket } from 'node:net';
import { matchesSubject } from './subjects.ts';

/** A message that a stream has. */
export interface StoredMessage {
  readonly subject: string;
  /** The block of headers, as it was sent. */
  readonly headers: Buffer;
  readonly payload: Buffer;
  readonly id: string | undefined;
}

/** A durable consumer. */
interface Consumer {
  readonly config: { readonly filter_subjects?: readonly string[]; readonly filter_subject?: string };
  next: number;
  readonly pending: Set<number>;
  /** Sequences to deliver again. */
  readonly again: number[];
}

/** A client that waits for messages. */
interface Pull {
  readonly connection: Connection;
  readonly inbox: string;
  left: number;
}

interface Stream {
  subjects: readonly string[];
  readonly messages: StoredMessage[];
  readonly consumers: Map<string, Consumer>;
}

const MAX_PAYLOAD = 16_384;

/** A NATS server in memory with JetStream, as far as the receiver and the exporter use it. It speaks the protocol of clients. */
export class TestServer {
  readonly streams = new Map<string, Stream>();
  /** What consumers were told about messages: `+ACK 3`. */
  readonly acknowledgments: string[] = [];
  /** Number of following messages to store without an acknowledgment. */
  unacknowledged = 0;
  readonly #server: Server = createServer((socket) => this.#accept(socket));
  readonly #connections = new Set<Connection>();
  #pulls: Pull[] = [];
  #port = 0;

  static async start(): Promise<TestServer> {
    const server = new TestServer();
    await server.listen(0);
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** Closes the listener and all connections. The streams stay, for `listen`. */
  async stop(): Promise<void> {
    for (const { socket } of this.#connections) socket.destroy();
    this.#pulls = [];
    await new Promise((resolve) => this.#server.close(resolve));
  }

  createStream(name: string, subjects: readonly string[]): Stream {
    const stream: Stream = { subjects, messages: [], consumers: new Map() };
    this.streams.set(name, stream);
    return stream;
  }

  /** Stores a message as if a client had sent it. */
  publish(subject: string, payload: Uint8Array, headers = ''): void {
    const block = headers === '' ? Buffer.alloc(0) : Buffer.from(`NATS/1.0\r\n${headers}\r\n\r\n`);
    this.#store(subject, block, Buffer.from(payload));
  }

  #accept(socket: Socket): void {
    const connection = new Connection(socket, (...message) => this.#receive(connection, ...message));
    this.#connections.add(connection);
    socket.once('close', () => {
      this.#connections.delete(connection);
      this.#pulls = this.#pulls.filter((pull) => pull.connection !== connection);
    });
    const info = {
      server_id: 'test',
      version: '2.11.0',
      proto: 1,
      headers: true,
      max_payload: MAX_PAYLOAD,
      jetstream: true,
    };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
  }

  #receive(connection: Connection, subject: string, reply: string, headers: Buffer, payload: Buffer): void {
    if (subject.startsWith('$JS.ACK.')) {
      this.#acknowledge(subject, String(payload));
      return;
    }
    const isCall = subject.startsWith(API);
    const response = isCall
      ? this.#call(connection, subject.slice(API.length), reply, payload)
      : this.#store(subject, headers, payload);
    if (!isCall && this.unacknowledged > 0) this.unacknowledged -= 1;
    else if (response !== undefined) connection.send(reply, JSON.stringify(response));
  }

  #store(subject: string, headers: Buffer, payload: Buffer): object | undefined {
    for (const [name, stream] of this.streams) {
      if (!stream.subjects.some((filter) => matchesSubject(filter, subject))) continue;
      const id = /Nats-Msg-Id: ?(.*)\r\n/.exec(String(headers))?.[1];
      const known = id === undefined ? -1 : stream.messages.findIndex((message) => message.id === id);
      if (known >= 0) return { stream: name, seq: known + 1, duplicate: true };
      stream.messages.push({ subject, headers, payload, id });
      this.#push();
      return { stream: name, seq: stream.messages.length };
    }
    return undefined;
  }

  /** Calls the API of JetStream. Returns the response, or `undefined` if messages follow instead. */
  #call(connection: Connection, call: string, reply: string, payload: Buffer): object | undefined {
    const request = payload.length === 0 ? {} : JSON.parse(String(payload));
    const [kind = '', verb = '', ...rest] = call.split('.');
    // `CONSUMER.MSG.NEXT.<stream>.<consumer>` has a token more.
    const [name = '', consumer = ''] = verb === 'MSG' || verb === 'DURABLE' ? rest.slice(1) : rest;
    if (kind === 'INFO') return { memory: 0, storage: 0, streams: 0, consumers: 0, limits: {} };
    if (kind === 'STREAM' && verb === 'CREATE') this.createStream(name, request.subjects);
    const stream = this.streams.get(name);
    if (stream === undefined) return missing(STREAM_NOT_FOUND);
    if (kind === 'STREAM') {
      if (verb === 'UPDATE') stream.subjects = request.subjects;
      return { config: { name, subjects: stream.subjects }, state: { messages: 0 }, created: '' };
    }
    if (verb === 'MSG') {
      this.#pulls.push({ connection, inbox: reply, left: request.batch ?? 1 });
      this.#push();
      return undefined;
    }
    return callConsumer(
      stream,
      name,
      verb === 'INFO' ? undefined : request.config,
      consumer || request.config?.durable_name,
    );
  }

  /** Sends stored messages to clients that wait. There is one stream with a consumer. */
  #push(): void {
    for (const [name, { consumers, messages }] of this.streams) {
      for (const [durable, consumer] of consumers) {
        for (;;) {
          const pull = this.#pulls.find(({ left }) => left > 0);
          const sequence = pull === undefined ? undefined : nextOf(consumer, messages);
          const message = sequence === undefined ? undefined : messages[sequence - 1];
          if (pull === undefined || sequence === undefined || message === undefined) break;
          pull.left -= 1;
          consumer.pending.add(sequence);
          const ack = `$JS.ACK.${name}.${durable}.1.${sequence}.${sequence}.1700000000000000000.0`;
          pull.connection.send(pull.inbox, message.payload, message.headers, ack, message.subject);
        }
      }
    }
    this.#pulls = this.#pulls.filter(({ left }) => left > 0);
  }

  #acknowledge(subject: string, what: string): void {
    const [, , stream = '', durable = '', , sequence = ''] = subject.split('.');
    this.acknowledgments.push(`${what} ${sequence}`);
    const consumer = this.streams.get(stream)?.consumers.get(durable);
    if (what.startsWith('+WPI')) return;
    consumer?.pending.delete(Number(sequence));
    if (!what.startsWith('-NAK')) return;
    consumer?.again.push(Number(sequence));
    this.#push();
  }
}

const API = '$JS.API.';
const STREAM_NOT_FOUND = 10_059;
const CONSUMER_NOT_FOUND = 10_014;

function missing(code: number): object {
  return { error: { code: 404, err_code: code, description: 'not found' } };
}

/** Creates, changes or describes a consumer. */
function callConsumer(
  { consumers }: Stream,
  name: string,
  config: Consumer['config'] | undefined,
  durable: string,
): object {
  const known = consumers.get(durable);
  if (config !== undefined) {
    const { next = 1, pending = new Set<number>(), again = [] } = known ?? {};
    consumers.set(durable, { config, next, pending, again });
  }
  const consumer = consumers.get(durable);
  if (consumer === undefined) return missing(CONSUMER_NOT_FOUND);
  const { config: used } = consumer;
  return {
    stream_name: name,
    name: durable,
    config: { ...used, durable_name: durable, ack_policy: 'explicit' },
    created: '',
  };
}

function nextOf(consumer: Consumer, messages: readonly StoredMessage[]): number | undefined {
  const again = consumer.again.shift();
  if (again !== undefined) return again;
  const { filter_subject, filter_subjects = filter_subject === undefined ? ['>'] : [filter_subject] } = consumer.config;
  while (consumer.next <= messages.length) {
    const sequence = consumer.next++;
    const subject = messages[sequence - 1]?.subject ?? '';
    if (filter_subjects.some((filter) => matchesSubject(filter, subject))) return sequence;
  }
  return undefined;
}

type OnMessage = (subject: string, reply: string, headers: Buffer, payload: Buffer) => void;

/** The connection of a client. */
class Connection {
  readonly socket: Socket;
  readonly #subscriptions = new Map<string, string>();
  readonly #onMessage: OnMessage;
  #received = Buffer.alloc(0);

  constructor(socket: Socket, onMessage: OnMessage) {
    this.socket = socket;
    this.#onMessage = onMessage;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      while (this.#next());
    });
  }

  /** Sends a message to the subscription of an inbox. */
  send(inbox: string, payload: string | Buffer, headers: Buffer = Buffer.alloc(0), reply = '', subject = inbox): void {
    const sid = [...this.#subscriptions].find(([, filter]) => matchesSubject(filter, inbox))?.[0];
    if (sid === undefined || this.socket.destroyed) return;
    const body = Buffer.from(payload);
    const to = [subject, sid, ...(reply === '' ? [] : [reply])].join(' ');
    const line =
      headers.length === 0
        ? `MSG ${to} ${body.length}`
        : `HMSG ${to} ${headers.length} ${headers.length + body.length}`;
    this.socket.write(Buffer.concat([Buffer.from(`${line}\r\n`), headers, body, Buffer.from('\r\n')]));
  }

  /** Handles the next operation, if it has arrived as a whole. */
  #next(): boolean {
    const end = this.#received.indexOf('\r\n');
    if (end < 0) return false;
    const [verb = '', ...rest] = this.#received.toString('utf8', 0, end).split(' ');
    const operation = verb.toUpperCase();
    let size = end + 2;
    if (operation === 'PUB' || operation === 'HPUB') {
      const total = Number(rest.at(-1));
      if (this.#received.length < size + total + 2) return false;
      const headerSize = operation === 'HPUB' ? Number(rest.at(-2)) : 0;
      const body = Buffer.from(this.#received.subarray(size, size + total));
      const names = rest.slice(0, operation === 'HPUB' ? -2 : -1);
      size += total + 2;
      this.#received = this.#received.subarray(size);
      this.#onMessage(names[0] ?? '', names[1] ?? '', body.subarray(0, headerSize), body.subarray(headerSize));
      return true;
    }
    this.#received = this.#received.subarray(size);
    if (operation === 'PING') this.socket.write('PONG\r\n');
    else if (operation === 'SUB') this.#subscriptions.set(rest.at(-1) ?? '', rest[0] ?? '');
    else if (operation === 'UNSUB' && rest.length === 1) this.#subscriptions.delete(rest[0] ?? '');
    return true;
  }
}
