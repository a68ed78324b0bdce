import type { JetStreamManager } from '@nats-io/jetstream';
import { matchesSubject } from '../../nats/subjects.ts';
import type { NatsExporterConfig } from './config.ts';

const STREAM_NOT_FOUND = 10_059;
const NANOS_PER_MILLI = 1_000_000;

/** Creates the stream if it is missing, and adds a subject to it that it does not store. */
export async function ensureStream(
  manager: JetStreamManager,
  { name, create, replicas, maxAge, maxBytes }: NatsExporterConfig['stream'],
  subject: string,
): Promise<void> {
  if (!create) return;
  const subjects = await subjectsOf(manager, name);
  if (subjects === undefined) {
    await manager.streams.add({
      name,
      subjects: [subject],
      num_replicas: replicas,
      max_age: maxAge * NANOS_PER_MILLI,
      max_bytes: maxBytes === 0 ? -1 : maxBytes,
    });
  } else if (!subjects.some((stored) => matchesSubject(stored, subject))) {
    await manager.streams.update(name, { subjects: [...subjects, subject] });
  }
}

async function subjectsOf(manager: JetStreamManager, name: string): Promise<readonly string[] | undefined> {
  try {
    const { config } = await manager.streams.info(name);
    return config.subjects ?? [];
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}
