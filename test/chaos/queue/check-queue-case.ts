import assert from 'node:assert/strict';
import type { JournalQueue, QueueDamage } from '@otelier/journal';
import type { Damage } from '../damage/damages.ts';
import {
  appendLabel,
  type Label,
  labelsByFile,
  labelsIn,
  openQueue,
  openState,
  type QueueTemplate,
  STATE,
  STATE_VALUE,
  takeNext,
} from './templates.ts';

/** Opens a damaged queue, delivers it, appends more, delivers that after a restart, and checks what was delivered. */
export async function checkQueueCase(directory: string, template: QueueTemplate, damage: Damage): Promise<void> {
  const places = await labelsByFile(template);
  const touched = new Set(damage.files.flatMap((file) => places.get(file) ?? []));
  const reports: QueueDamage[] = [];
  const errors: unknown[] = [];
  const open = () =>
    openQueue(directory, template.ring, {
      onDamage: (report) => reports.push(report),
      onReadError: (error) => errors.push(error),
    });
  const added = Array.from({ length: 8 }, (_, index) => `record-${1000 + index};`);
  const delivered = await during(open, async (queue) => {
    const labels = await deliverAll(queue);
    for (const label of added.slice(0, 4)) await appendLabel(queue, label);
    return labels;
  });
  const later = await during(open, async (queue) => {
    for (const label of added.slice(4)) await appendLabel(queue, label);
    return deliverAll(queue);
  });
  assert.deepEqual(later, added, 'the second run delivers only what was appended later');
  assert.deepEqual(errors, []);

  const known = new Set([...template.waiting, ...template.acknowledged]);
  assert.deepEqual(
    delivered.filter((label) => !known.has(label)),
    [],
    'delivered records exist',
  );
  assert.equal(new Set(delivered).size, delivered.length, 'each record is delivered once');
  const arrived = new Set(delivered);
  const lost = template.waiting.filter((label) => !arrived.has(label));
  assert.deepEqual(
    lost.filter((label) => !touched.has(label)),
    [],
    'records in intact files are delivered',
  );
  if (damage.isOneByte) {
    assert.ok(lost.length <= 1, `one damaged byte lost ${lost.length} records`);
    const reported = reports.reduce((sum, report) => sum + report.lost.records, 0);
    assert.equal(reported, lost.length, 'the number of lost records is reported');
  }
  if (lost.length > 0) assert.ok(reports.length > 0, `the loss of ${lost.length} records is reported`);
  // Only a lost cursor makes acknowledged records appear again.
  const again = delivered.filter((label) => template.acknowledged.has(label));
  if (!damage.files.some((file) => file.includes('cursor'))) assert.deepEqual(again, [], 'none is delivered again');
  await checkState(directory, template, damage);
}

async function during<T>(
  open: () => Promise<JournalQueue<Label>>,
  use: (queue: JournalQueue<Label>) => Promise<T>,
): Promise<T> {
  const queue = await open();
  try {
    return await use(queue);
  } finally {
    await queue.close();
  }
}

/** Takes and acknowledges everything that a queue delivers. */
async function deliverAll(queue: JournalQueue<Label>): Promise<string[]> {
  const labels: string[] = [];
  for (;;) {
    const taken = await takeNext(queue, 0);
    if (taken === undefined) {
      assert.deepEqual(queue.size, { records: 0, items: 0, bytes: 0 });
      return labels;
    }
    const { content } = taken;
    const [label = 'nothing'] =
      content.kind === 'memory' ? [content.value.label] : labelsIn(Buffer.from(content.bytes));
    labels.push(label);
    await queue.acknowledge(taken);
  }
}

async function checkState(directory: string, { ring }: QueueTemplate, damage: Damage): Promise<void> {
  const messages: string[] = [];
  const state = await openState(directory, ring, (message) => messages.push(message));
  const text = state.value === undefined ? undefined : Buffer.from(state.value).toString();
  const isDamaged = damage.files.includes(STATE);
  if (!isDamaged || text !== undefined) assert.equal(text, STATE_VALUE);
  else if (!damage.description.startsWith('delete')) assert.equal(messages.length, 1, 'a lost state is reported');
}
