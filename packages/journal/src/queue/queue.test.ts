import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createKeyLine, fileProvider, KeyRing, queueCipher } from '../encryption/index.ts';
import {
  type JournalQueue,
  type JournalQueueOptions,
  openJournalQueue,
  type QueueDamage,
  type TakenRecord,
} from '../index.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-queue-'));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
const makeTempDirectory = () => join(root, `queue-${++directories}`);

interface Text {
  readonly text: string;
  release(): void;
}

const keys = join(root, 'keys');
writeFileSync(keys, createKeyLine('test'), { mode: 0o600 });
const ring = await KeyRing.open({
  directory: join(root, 'ring'),
  provider: fileProvider(keys),
  nowMillis: () => 0,
  report: assert.fail,
});
after(() => ring.close());
/** Whether the queues of the test that runs are encrypted. */
let isEncrypted = false;

const open = (options: JournalQueueOptions) =>
  openJournalQueue<Text>({
    ...options,
    cipher: isEncrypted ? queueCipher(ring, basename(options.directory)) : undefined,
  });

/** Appends records such as `7:xxx` with `items` 1. */
async function append(queue: JournalQueue<Text>, texts: readonly string[]): Promise<void> {
  await Promise.all(
    texts.map((text) =>
      queue.append([Buffer.from(text)], { items: 1, bytes: text.length }, { text, release: () => {} }),
    ),
  );
}

async function take(queue: JournalQueue<Text>): Promise<TakenRecord<Text> | undefined> {
  for (;;) {
    const taken = queue.take();
    if (taken !== undefined || queue.size.records === 0) return taken;
    await new Promise<void>((resolve) => {
      queue.onReadable = resolve;
    });
  }
}

const textOf = ({ content }: TakenRecord<Text>) =>
  content.kind === 'memory' ? content.value.text : Buffer.from(content.bytes).toString();

/** Takes and acknowledges everything. */
async function drain(queue: JournalQueue<Text>): Promise<string[]> {
  const texts: string[] = [];
  while (queue.size.records > 0) {
    const taken = await take(queue);
    if (taken === undefined) break;
    texts.push(textOf(taken));
    await queue.acknowledge(taken);
  }
  return texts;
}

const numbered = (count: number, from = 0, length = 0) =>
  Array.from({ length: count }, (_, index) => `${from + index}:${'x'.repeat(length)}`);

for (const encrypted of [false, true])
  describe(`a queue on a journal, encrypted: ${encrypted}`, () => {
    before(() => {
      isEncrypted = encrypted;
    });

    for (const memoryBytes of [0, 100, 16 << 20]) {
      it(`delivers records in order with ${memoryBytes} bytes in memory`, async () => {
        const queue = await open({ directory: makeTempDirectory(), memoryBytes, segmentBytes: 5000 });
        const texts = numbered(200, 0, 100);
        await append(queue, texts.slice(0, 100));
        assert.deepEqual(queue.size, { records: 100, items: 100, bytes: texts.slice(0, 100).join('').length });
        const drained = drain(queue);
        await append(queue, texts.slice(100));
        assert.deepEqual([...(await drained), ...(await drain(queue))], texts);
        assert.deepEqual(queue.size, { records: 0, items: 0, bytes: 0 });
        await queue.close();
      });
    }

    it('removes segments whose records are acknowledged', async () => {
      const directory = makeTempDirectory();
      const queue = await open({ directory, segmentBytes: 2000 });
      for (let round = 0; round < 10; round++) {
        await append(queue, numbered(10, round * 10, 200));
        await drain(queue);
      }
      await queue.close();
      assert.ok(readdirSync(directory).filter((name) => name.endsWith('.journal')).length <= 2);
    });

    it('delivers only unacknowledged records after a restart, whatever the order of acknowledgments', async () => {
      const directory = makeTempDirectory();
      const queue = await open({ directory });
      await append(queue, numbered(10));
      const taken = Array.from({ length: 8 }, () => queue.take()).filter((one) => one !== undefined);
      for (const index of [6, 1, 2, 4, 0]) await queue.acknowledge(taken[index] ?? assert.fail());
      await queue.close();
      const again = await open({ directory });
      assert.equal(again.size.records, 5);
      assert.deepEqual(await drain(again), ['3:', '5:', '7:', '8:', '9:']);
      await again.close();
    });

    it('agrees with a list through any sequence of appends, acknowledgments and restarts', async () => {
      const step = fc.oneof(
        { weight: 5, arbitrary: fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 6 }) },
        { weight: 4, arbitrary: fc.nat({ max: 8 }).map((count) => ({ take: count })) },
        { weight: 4, arbitrary: fc.nat({ max: 100 }).map((which) => ({ acknowledge: which })) },
        { weight: 1, arbitrary: fc.nat({ max: 100 }).map((which) => ({ putBack: which })) },
        { weight: 1, arbitrary: fc.constant('reopen' as const) },
      );
      const memoryBytes = fc.constantFrom(0, 300, 1 << 20);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), memoryBytes, async (steps, memory) => {
          const compared = new ComparedQueue({
            directory: makeTempDirectory(),
            segmentBytes: 1000,
            memoryBytes: memory,
          });
          await compared.reopen();
          for (const action of steps) {
            if (action === 'reopen') await compared.reopen();
            else if (Array.isArray(action)) await compared.append(action);
            else if ('take' in action) await compared.take(action.take);
            else if ('putBack' in action) compared.putBack(action.putBack);
            else await compared.acknowledge(action.acknowledge);
            compared.checkSize();
          }
          await compared.finish();
        }),
        { numRuns: 60, seed: 4, endOnFailure: true },
      );
    });

    it('reports damaged records with their number, keeps the segment, and delivers the rest', async () => {
      const directory = makeTempDirectory();
      const queue = await open({ directory, segmentBytes: 1000 });
      await append(queue, numbered(40, 0, 100));
      await queue.close();
      const segment = readdirSync(directory).find((name) => name.endsWith('.journal')) ?? '';
      const bytes = readFileSync(join(directory, segment));
      // In the payload of the third record, of 155 bytes with headers, or 215 if it is encrypted.
      const at = encrypted ? 28 + 2 * 215 + 150 : bytes.indexOf('2:xxx') + 20;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(join(directory, segment), bytes);
      const damage: QueueDamage[] = [];
      const again = await open({ directory, segmentBytes: 1000, memoryBytes: 0, onDamage: (one) => damage.push(one) });
      assert.deepEqual(await drain(again), numbered(40, 0, 100).toSpliced(2, 1));
      assert.deepEqual(
        damage.map(({ lost }) => [lost.records, lost.items]),
        [[1, 1]],
      );
      assert.match(damage[0]?.message ?? '', /the record at position \d+ is damaged/);
      await again.close();
      assert.deepEqual(readdirSync(join(directory, 'damaged')).length, 1);
    });

    it('delivers everything again when the cursor is damaged or missing, and says so', async () => {
      for (const change of [
        (path: string) => writeFileSync(path, 'x'.repeat(200_000)),
        (path: string) => rmSync(path),
      ]) {
        const directory = makeTempDirectory();
        const queue = await open({ directory });
        await append(queue, numbered(5));
        const first = queue.take();
        if (first !== undefined) await queue.acknowledge(first);
        await queue.close();
        change(join(directory, 'cursor'));
        const damage: QueueDamage[] = [];
        const again = await open({ directory, onDamage: (one) => damage.push(one) });
        assert.equal(again.size.records, 5);
        assert.deepEqual(await drain(again), numbered(5));
        assert.match(
          damage[0]?.message ?? '',
          /cursor: (damaged|missing), all records of the queue are delivered again/,
        );
        await again.close();
      }
    });

    it('rejects a record when the files reach their limit, and accepts again after acknowledgments', async () => {
      const queue = await open({ directory: makeTempDirectory(), maxBytes: 5000, segmentBytes: 1000 });
      const results = await Promise.allSettled(numbered(40, 0, 200).map((text) => append(queue, [text])));
      const accepted = results.filter(({ status }) => status === 'fulfilled').length;
      assert.ok(accepted > 10 && accepted < 25, `${accepted}`);
      assert.equal((await drain(queue)).length, accepted);
      while (queue.fileBytes > 2000) await new Promise((resolve) => setImmediate(resolve));
      await append(queue, ['again']);
      assert.deepEqual(await drain(queue), ['again']);
      await queue.close();
    });
  });

/** A queue beside a list of the same records. */
class ComparedQueue {
  readonly #options: JournalQueueOptions;
  #queue: JournalQueue<Text> | undefined;
  #waiting: string[] = [];
  #taken: TakenRecord<Text>[] = [];
  #next = 0;

  constructor(options: JournalQueueOptions) {
    this.#options = options;
  }

  get #open(): JournalQueue<Text> {
    return this.#queue ?? assert.fail('the queue is closed');
  }

  async reopen(): Promise<void> {
    await this.#queue?.close();
    this.#queue = await open(this.#options);
    this.#taken = [];
  }

  async append(lengths: readonly number[]): Promise<void> {
    const texts = lengths.map((length) => `${this.#next++}:${'y'.repeat(length)}`);
    await append(this.#open, texts);
    this.#waiting.push(...texts);
  }

  async take(count: number): Promise<void> {
    for (let i = 0; i < count && this.#taken.length < this.#waiting.length; i++) {
      const one = await take(this.#open);
      if (one !== undefined) this.#taken.push(one);
    }
    const oldest = this.#waiting.slice(0, this.#taken.length);
    assert.deepEqual(new Set(this.#taken.map(textOf)), new Set(oldest));
  }

  putBack(which: number): void {
    const [one] = this.#taken.splice(which % Math.max(1, this.#taken.length), 1);
    if (one !== undefined) this.#open.putBack(one);
  }

  async acknowledge(which: number): Promise<void> {
    const [one] = this.#taken.splice(which % Math.max(1, this.#taken.length), 1);
    if (one === undefined) return;
    await this.#open.acknowledge(one);
    this.#waiting = this.#waiting.filter((text) => text !== textOf(one));
  }

  checkSize(): void {
    const { records, bytes } = this.#open.size;
    assert.deepEqual([records, bytes], [this.#waiting.length, this.#waiting.join('').length]);
  }

  /** Restarts, and compares everything that is left. */
  async finish(): Promise<void> {
    await this.reopen();
    assert.deepEqual(await drain(this.#open), this.#waiting);
    await this.#open.close();
  }
}
