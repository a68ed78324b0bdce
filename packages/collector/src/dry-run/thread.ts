import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { errorMessage } from '../component/error-message.ts';
import { formatConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import type { ConfigOrigin, ServiceConfig } from '../config/model.ts';
import type { Registry } from '../config/registry.ts';
import type { DryRunResult, DryRunTask } from '../service/editing/dry-run/protocol.ts';
import { makeTimesUnique } from './item-identity.ts';
import { type Replay, replay } from './replay.ts';
import { dryRunReport } from './report.ts';

// The entry point of the thread of a dry run: runs both configurations on the captured telemetry, then ends.
if (parentPort === null) throw new Error('expected to run in a thread of a service');
const port = parentPort;
const { registry: registryUrl, now, draft, capture } = workerData as DryRunTask;
const { registry } = (await import(registryUrl)) as { readonly registry: Registry };

async function load(origin: ConfigOrigin): Promise<ServiceConfig> {
  const loaded = await loadConfig({ ...origin, registry });
  if (loaded.ok) return loaded.config;
  throw new Error(loaded.errors.map(formatConfigError).join('\n'));
}

async function run(): Promise<DryRunResult> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-dry-run-'));
  const replays: Replay[] = [];
  let side: 'now' | 'draft' = 'now';
  try {
    makeTimesUnique(capture);
    const before = await replay(await load(now), capture, join(directory, 'now'));
    replays.push(before);
    side = 'draft';
    const after = await replay(await load(draft), capture, join(directory, 'draft'));
    replays.push(after);
    return { kind: 'report', report: await dryRunReport(capture, before, after) };
  } catch (error) {
    return { kind: 'failed', side, message: errorMessage(error) };
  } finally {
    for (const one of replays) await one.close();
    await rm(directory, { recursive: true, force: true });
  }
}

port.postMessage(await run());
// Functions of the user may still run in threads of their own.
port.close();
