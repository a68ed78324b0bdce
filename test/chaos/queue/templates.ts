import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type JournalQueue,
  type JournalQueueOptions,
  openJournalQueue,
  openStateFile,
  readJournalQueue,
  type TakenRecord,
} from '@otelier/journal';
import { KeyRing, queueCipher, queueDecryptor, stateCipher } from '@otelier/journal/encryption';
import { filesOf } from '../damage/damages.ts';
import { createProvider } from '../damage/encrypted.ts';

/** Small segments, so that a queue of a few dozen records has several. */
export const QUEUE_OPTIONS = { segmentBytes: 3000, memoryBytes: 500 };

/** Names of the queue and of the state file in a storage directory. */
export const QUEUE = 'exporter_otlp_grpc_traces';
export const STATE = 'receiver_file_log_state.state';
export const STATE_VALUE = 'checkpoint 17';

/** A record in memory. */
export interface Label {
  readonly label: string;
  release(): void;
}

/** A storage directory to copy and damage. */
export interface QueueTemplate {
  readonly name: string;
  readonly directory: string;
  /** The records that were appended and not acknowledged, oldest first. */
  readonly waiting: readonly string[];
  readonly acknowledged: ReadonlySet<string>;
  /** The keys with which the queue is encrypted. */
  readonly ring: KeyRing | undefined;
}

/** The directories of a run of the suite. */
export interface QueueWorkspace {
  readonly directory: string;
  readonly templates: readonly QueueTemplate[];
  remove(): void;
}

/** Returns the label of each record in the bytes of a file. */
export function labelsIn(bytes: Buffer): readonly string[] {
  return bytes.toString('latin1').match(/record-\d+;/g) ?? [];
}

/** Returns the labels in each file of a directory. */
export async function labelsByFile({
  directory,
  ring,
}: QueueTemplate): Promise<ReadonlyMap<string, readonly string[]>> {
  if (ring !== undefined) return await encryptedLabels(directory, ring);
  return new Map(filesOf(directory).map((file) => [file, labelsIn(readFileSync(join(directory, file)))]));
}

/** Returns the labels in the segments of an encrypted queue. */
async function encryptedLabels(directory: string, { keys }: KeyRing): Promise<ReadonlyMap<string, readonly string[]>> {
  const labels = new Map<string, string[]>();
  const segments = filesOf(join(directory, QUEUE)).filter((name) => /^\d+\.journal$/.test(name));
  for await (const entry of readJournalQueue(join(directory, QUEUE), queueDecryptor(keys, QUEUE))) {
    if (entry.kind !== 'record') continue;
    const segment = segments.findLast((name) => Number.parseInt(name, 10) <= entry.position) ?? '';
    const file = `${QUEUE}/${segment}`;
    labels.set(file, [...(labels.get(file) ?? []), ...labelsIn(Buffer.from(entry.content))]);
  }
  return labels;
}

/** Opens the queue of a template, or of a copy of it. */
export function openQueue(
  directory: string,
  ring: KeyRing | undefined,
  options: Partial<JournalQueueOptions> = {},
): Promise<JournalQueue<Label>> {
  const cipher = ring && queueCipher(ring, QUEUE);
  return openJournalQueue<Label>({ directory: join(directory, QUEUE), ...QUEUE_OPTIONS, ...options, cipher });
}

/** Opens the state file of a template, or of a copy of it. */
export async function openState(directory: string, ring: KeyRing | undefined, onDamage?: (message: string) => void) {
  return openStateFile(join(directory, STATE), onDamage, ring && (await stateCipher(ring)));
}

/** Appends a record of a label and some padding. */
export async function appendLabel(queue: JournalQueue<Label>, label: string): Promise<void> {
  const bytes = Buffer.from(label.padEnd(80 + ((label.length * 37) % 300), '.'));
  await queue.append([bytes], { items: 2, bytes: bytes.length }, { label, release: () => {} });
}

/** Takes the next record; `undefined` when all are taken. */
export async function takeNext(queue: JournalQueue<Label>, taken: number): Promise<TakenRecord<Label> | undefined> {
  for (;;) {
    const next = queue.take();
    if (next !== undefined || queue.size.records <= taken) return next;
    await new Promise<void>((resolve) => {
      queue.onReadable = resolve;
    });
  }
}

/** Creates queues in every state worth damaging. */
export async function createQueueTemplates(): Promise<QueueWorkspace> {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-queue-damage-'));
  const templates: QueueTemplate[] = [];
  const ring = await KeyRing.open({
    directory: join(directory, 'keys'),
    ...createProvider(directory),
    nowMillis: () => 0,
    report: () => undefined,
    readOnly: true,
  });
  for (const [name, acknowledge] of Object.entries(STATES)) {
    for (const keys of [undefined, ring]) {
      const target = join(directory, 'templates', keys === undefined ? name : `${name}, encrypted`);
      mkdirSync(target, { recursive: true });
      templates.push(await createTemplate(name, target, acknowledge, keys));
    }
  }
  return { directory, templates, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

const COUNT = 60;

/** Which records are acknowledged, by state. */
const STATES: Readonly<Record<string, (index: number) => boolean>> = {
  waiting: () => false,
  'partly delivered': (index) => index < 25,
  'delivered out of order': (index) => index < 10 || (index < 40 && index % 3 !== 0),
  delivered: () => true,
  'copied while open': (index) => index < 12 || index === 14,
};

async function createTemplate(
  name: string,
  directory: string,
  isAcknowledged: (index: number) => boolean,
  ring: KeyRing | undefined,
): Promise<QueueTemplate> {
  const queue = await openQueue(directory, ring);
  const labels = Array.from({ length: COUNT }, (_, index) => `record-${index};`);
  for (const label of labels) await appendLabel(queue, label);
  const taken: TakenRecord<Label>[] = [];
  for (let index = 0; index < COUNT; index++) {
    const next = await takeNext(queue, index);
    if (next !== undefined) taken.push(next);
  }
  for (const [index, record] of taken.entries()) if (isAcknowledged(index)) await queue.acknowledge(record);
  const state = await openState(directory, ring);
  await state.write(Buffer.from(STATE_VALUE));
  await state.close();
  // Longer than the delay of the durable mark.
  if (name === 'copied while open') {
    await new Promise((resolve) => setTimeout(resolve, 100));
    cpSync(directory, `${directory}-copy`, { recursive: true });
  }
  await queue.close();
  return {
    name,
    directory: name === 'copied while open' ? `${directory}-copy` : directory,
    waiting: labels.filter((_, index) => !isAcknowledged(index)),
    acknowledged: new Set(labels.filter((_, index) => isAcknowledged(index))),
    ring,
  };
}
