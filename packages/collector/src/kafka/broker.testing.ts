import { createServer, type Server, type Socket } from 'node:net';
import { type Partition, readBatches } from './partition.testing.ts';
import { versions } from './versions.testing.ts';
import { WireBuffer, WireCursor } from './wire.testing.ts';

/** A member of the consumer group. */
interface Member {
  readonly protocols: ReadonlyMap<string, Buffer>;
  respondToJoin: ((generation: number) => void) | undefined;
  respondToSync: (() => void) | undefined;
  assignment: Buffer;
}

type Respond = (body: WireBuffer) => void;
type Handle = (request: WireCursor, respond: Respond, socket: Socket) => void;

const REBALANCE_IN_PROGRESS = 27;
const UNKNOWN_MEMBER = 25;
const OUT_OF_RANGE = 1;
const UNKNOWN_TOPIC = 3;
const TOO_LARGE = 10;
const EARLIEST = -2n;

/** A broker of Kafka in memory with one consumer group. It speaks the protocol, and keeps the batches of producers as they are. */
export class TestBroker {
  readonly topics = new Map<string, Partition[]>();
  /** Committed offsets by `topic/partition`. */
  readonly committed = new Map<string, bigint>();
  /** The offset after the last message that was fetched, by `topic/partition`. */
  readonly fetched = new Map<string, bigint>();
  /** Sends the responses to commits that are held back; `undefined` if none is. */
  heldCommits: (() => void)[] | undefined;
  /** Number of partitions of a new topic. */
  partitionCount = 2;
  /** Number of following produce requests that are rejected with `MESSAGE_TOO_LARGE`. */
  rejectedProduces = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #members = new Map<string, Member>();
  #generation = 0;
  #memberIds = 0;
  #leader = '';
  #protocol = '';
  #port = 0;

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(port = 0): Promise<TestBroker> {
    const broker = new TestBroker();
    await broker.listen(port);
    return broker;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** Closes the listener and all connections. The data stay, for `listen`. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Makes the members join again, as when one is added. */
  rebalance(): void {
    this.#generation += 1;
  }

  createTopic(name: string): Partition[] {
    const known = this.topics.get(name);
    if (known !== undefined) return known;
    const partitions = Array.from({ length: this.partitionCount }, (): Partition => ({ batches: [], next: 0n }));
    this.topics.set(name, partitions);
    return partitions;
  }

  /** Number of messages in a topic, by partition. */
  counts(topic: string): number[] {
    return (this.topics.get(topic) ?? []).map(({ next }) => Number(next));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const size = 4 + received.readInt32BE(0);
        this.#receive(received.subarray(4, size), socket);
        received = received.subarray(size);
      }
    });
  }

  #receive(bytes: Buffer, socket: Socket): void {
    const request = new WireCursor(bytes);
    const key = request.int16();
    const version = request.int16();
    const correlation = request.int32();
    request.text();
    const respond: Respond = (body) => {
      const header = Buffer.alloc(8);
      const content = body.finish();
      header.writeInt32BE(content.length + 4, 0);
      header.writeInt32BE(correlation, 4);
      if (!socket.destroyed) socket.write(Buffer.concat([header, content]));
    };
    if (key === API_VERSIONS && version > 1) {
      // Clients that propose a newer version fall back to version 1.
      respond(versions(UNSUPPORTED_VERSION));
      return;
    }
    this.#handlers[key]?.(request, respond, socket);
  }

  readonly #handlers: Readonly<Record<number, Handle>> = {
    0: (request, respond) => this.#produce(request, respond),
    1: (request, respond, socket) => this.#fetch(request, respond, socket),
    2: (request, respond) => this.#listOffsets(request, respond),
    3: (request, respond) => this.#metadata(request, respond),
    8: (request, respond) => this.#commit(request, respond),
    9: (request, respond) => this.#fetchOffsets(request, respond),
    10: (_request, respond) => respond(new WireBuffer().int16(0).int32(1).text('127.0.0.1').int32(this.#port)),
    11: (request, respond) => this.#join(request, respond),
    12: (request, respond) => this.#heartbeat(request, respond),
    13: (request, respond) => this.#leave(request, respond),
    14: (request, respond) => this.#sync(request, respond),
    18: (_request, respond) => respond(versions(0).int32(0)),
  };

  #produce(request: WireCursor, respond: Respond): void {
    request.text();
    const acks = request.int16();
    request.int32();
    const error = this.rejectedProduces > 0 ? TOO_LARGE : 0;
    this.rejectedProduces -= error === 0 ? 0 : 1;
    const responses = request.list(() => {
      const topic = request.text() ?? '';
      const partitions = request.list(() => {
        const index = request.int32();
        const batch = Buffer.from(request.bytes() ?? []);
        return { index, base: error === 0 ? this.append(topic, index, batch) : -1n };
      });
      return { topic, partitions };
    });
    if (acks === 0) return;
    const body = new WireBuffer();
    body.list(responses, ({ topic, partitions }) =>
      body.text(topic).list(partitions, ({ index, base }) => body.int32(index).int16(error).int64(base).int64(-1n)),
    );
    respond(body.int32(0));
  }

  /** Appends a batch of records, whatever it contains, and returns its first offset. */
  append(topic: string, index: number, batch: Buffer): bigint {
    const partition = this.createTopic(topic)[index];
    if (partition === undefined) throw new Error(`expected a partition of ${topic}, got ${index}`);
    const base = partition.next;
    // The checksum of a batch does not cover its offset.
    batch.writeBigInt64BE(base, 0);
    partition.next = base + BigInt(batch.readInt32BE(LAST_OFFSET_DELTA)) + 1n;
    partition.batches.push({ base, next: partition.next, bytes: batch });
    return base;
  }

  #fetch(request: WireCursor, respond: Respond, socket: Socket): void {
    request.int32();
    const maxWaitMillis = request.int32();
    request.skip(9);
    const topics = request.list(() => ({
      topic: request.text() ?? '',
      partitions: request.list(() => ({ index: request.int32(), offset: request.int64(), maxBytes: request.int32() })),
    }));
    const read = () => {
      let isEmpty = true;
      const body = new WireBuffer();
      body.int32(0).list(topics, ({ topic, partitions }) =>
        body.text(topic).list(partitions, ({ index, offset, maxBytes }) => {
          const partition = this.topics.get(topic)?.[index];
          const next = partition?.next ?? 0n;
          const isOutside = offset > next;
          const bytes = isOutside ? Buffer.alloc(0) : readBatches(partition, offset, maxBytes);
          if (bytes.length > 0 || isOutside) isEmpty = false;
          if (bytes.length > 0) this.fetched.set(`${topic}/${index}`, next);
          body
            .int32(index)
            .int16(isOutside ? OUT_OF_RANGE : 0)
            .int64(next)
            .int64(next)
            .int32(0)
            .bytes(bytes);
        }),
      );
      return { isEmpty, body };
    };
    const first = read();
    if (!first.isEmpty) {
      respond(first.body);
      return;
    }
    const timer = setTimeout(() => {
      socket.off('close', cancel);
      respond(read().body);
    }, maxWaitMillis);
    const cancel = () => clearTimeout(timer);
    socket.once('close', cancel);
  }

  #listOffsets(request: WireCursor, respond: Respond): void {
    request.int32();
    const topics = request.list(() => ({
      topic: request.text() ?? '',
      partitions: request.list(() => ({ index: request.int32(), time: request.int64() })),
    }));
    const body = new WireBuffer();
    body.list(topics, ({ topic, partitions }) =>
      body.text(topic).list(partitions, ({ index, time }) => {
        const next = this.topics.get(topic)?.[index]?.next ?? 0n;
        body
          .int32(index)
          .int16(0)
          .int64(-1n)
          .int64(time === EARLIEST ? 0n : next);
      }),
    );
    respond(body);
  }

  #metadata(request: WireCursor, respond: Respond): void {
    const count = request.peekInt32();
    const asked = count < 0 ? undefined : request.list(() => request.text() ?? '');
    const names = asked === undefined || asked.length === 0 ? [...this.topics.keys()] : asked;
    const body = new WireBuffer();
    body.list([1], (id) => body.int32(id).text('127.0.0.1').int32(this.#port).text(undefined));
    body.int32(1).list(names, (name) => {
      const partitions = this.topics.get(name);
      body
        .int16(partitions === undefined ? UNKNOWN_TOPIC : 0)
        .text(name)
        .int8(0);
      body.list([...(partitions ?? []).keys()], (index) => {
        body
          .int16(0)
          .int32(index)
          .int32(1)
          .list([1], (id) => body.int32(id))
          .list([1], (id) => body.int32(id));
      });
    });
    respond(body);
  }

  #commit(request: WireCursor, respond: Respond): void {
    request.text();
    const generation = request.int32();
    const member = request.text() ?? '';
    request.int64();
    const error = this.#members.has(member)
      ? generation === this.#generation
        ? 0
        : REBALANCE_IN_PROGRESS
      : UNKNOWN_MEMBER;
    const topics = request.list(() => {
      const topic = request.text() ?? '';
      const partitions = request.list(() => {
        const index = request.int32();
        const offset = request.int64();
        request.text();
        if (error === 0) this.committed.set(`${topic}/${index}`, offset);
        return index;
      });
      return { topic, partitions };
    });
    const body = new WireBuffer();
    body.list(topics, ({ topic, partitions }) =>
      body.text(topic).list(partitions, (index) => body.int32(index).int16(error)),
    );
    if (this.heldCommits === undefined) respond(body);
    else this.heldCommits.push(() => respond(body));
  }

  #fetchOffsets(request: WireCursor, respond: Respond): void {
    request.text();
    const topics = request.list(() => ({
      topic: request.text() ?? '',
      partitions: request.list(() => request.int32()),
    }));
    const body = new WireBuffer();
    body.list(topics, ({ topic, partitions }) =>
      body.text(topic).list(partitions, (index) => {
        body
          .int32(index)
          .int64(this.committed.get(`${topic}/${index}`) ?? -1n)
          .text('')
          .int16(0);
      }),
    );
    respond(body);
  }

  /** A generation begins when all members have joined, which is at once in a group of one. */
  #join(request: WireCursor, respond: Respond): void {
    request.text();
    request.skip(8);
    const id = request.text() || `member-${++this.#memberIds}`;
    request.text();
    const protocols = new Map(request.list(() => [request.text() ?? '', Buffer.from(request.bytes() ?? [])] as const));
    const respondToJoin = (generation: number) => {
      const isLeader = id === this.#leader;
      const members = isLeader ? [...this.#members] : [];
      const body = new WireBuffer().int16(0).int32(generation).text(this.#protocol).text(this.#leader).text(id);
      respond(
        body.list(members, ([name, member]) =>
          body.text(name).bytes(member.protocols.get(this.#protocol) ?? Buffer.alloc(0)),
        ),
      );
    };
    this.#members.set(id, { protocols, respondToJoin, respondToSync: undefined, assignment: Buffer.alloc(0) });
    const all = [...this.#members.values()];
    if (!all.every((member) => member.respondToJoin !== undefined)) {
      this.rebalance();
      return;
    }
    this.#generation += 1;
    this.#leader = [...this.#members.keys()][0] ?? '';
    this.#protocol = [...protocols.keys()][0] ?? '';
    for (const member of all) {
      member.respondToJoin?.(this.#generation);
      member.respondToJoin = undefined;
    }
  }

  #sync(request: WireCursor, respond: Respond): void {
    request.text();
    request.int32();
    const id = request.text() ?? '';
    const assignments = request.list(() => [request.text() ?? '', Buffer.from(request.bytes() ?? [])] as const);
    const member = this.#members.get(id);
    if (member === undefined) {
      respond(new WireBuffer().int16(UNKNOWN_MEMBER).bytes(Buffer.alloc(0)));
      return;
    }
    member.respondToSync = () => respond(new WireBuffer().int16(0).bytes(member.assignment));
    for (const [name, assignment] of assignments) {
      const one = this.#members.get(name);
      if (one !== undefined) one.assignment = assignment;
    }
    if (assignments.length === 0 && id !== this.#leader) return;
    for (const one of this.#members.values()) {
      one.respondToSync?.();
      one.respondToSync = undefined;
    }
  }

  #heartbeat(request: WireCursor, respond: Respond): void {
    request.text();
    const generation = request.int32();
    const isMember = this.#members.has(request.text() ?? '');
    respond(
      new WireBuffer().int16(isMember ? (generation === this.#generation ? 0 : REBALANCE_IN_PROGRESS) : UNKNOWN_MEMBER),
    );
  }

  #leave(request: WireCursor, respond: Respond): void {
    request.text();
    this.#members.delete(request.text() ?? '');
    this.rebalance();
    respond(new WireBuffer().int16(0));
  }
}

const API_VERSIONS = 18;
const UNSUPPORTED_VERSION = 35;
const LAST_OFFSET_DELTA = 23;
