import type { DryRunReport } from '@otelier/query';
import { describedItem, differencesOf, type ItemDescription } from './describe-item.ts';
import { componentName } from './isolated-config.ts';
import type { Replay } from './replay.ts';
import type { ItemBytes, Trail } from './trails.ts';

type Differing = DryRunReport['differing'];
type Fate = Differing['sample'][number]['now'];

/** Number of items in the sample, and of those with the same two fates. */
const MAX_SAMPLE = 60;
const MAX_PER_PAIR = 15;

interface Candidate {
  readonly key: string;
  readonly pipeline: string;
  readonly signal: string;
  readonly now: Trail | undefined;
  readonly draft: Trail | undefined;
}

/** Returns the number of items whose fate differs between two configurations, with a sample of each kind of difference. */
export async function compareItems(now: Replay, draft: Replay): Promise<Differing> {
  const pairs = new Map<string, number>();
  const sample: Candidate[] = [];
  let items = 0;
  for (const candidate of candidatesOf(now, draft)) {
    const [a, b] = [endOf(candidate.now), endOf(candidate.draft)];
    if (a === b && (a !== LEFT || isSame(candidate.now?.left, candidate.draft?.left))) continue;
    items += 1;
    const pair = `${candidate.pipeline} ${a} ${b}`;
    const count = pairs.get(pair) ?? 0;
    pairs.set(pair, count + 1);
    if (count < MAX_PER_PAIR && sample.length < MAX_SAMPLE) sample.push(candidate);
  }
  const shown = await Promise.all(sample.map((candidate) => shownOf(candidate, now, draft)));
  return { items, sample: shown.flatMap((one) => one ?? []).toSorted((a, b) => a.timeMillis - b.timeMillis) };
}

function* candidatesOf(now: Replay, draft: Replay): Iterable<Candidate> {
  const pipelines = new Set([...now.trails.byPipeline.keys(), ...draft.trails.byPipeline.keys()]);
  for (const pipeline of pipelines) {
    const [before, after] = [now.trails.byPipeline.get(pipeline), draft.trails.byPipeline.get(pipeline)];
    const signal = (before ?? after)?.signal ?? '';
    for (const key of new Set([...(before?.items.keys() ?? []), ...(after?.items.keys() ?? [])])) {
      const candidate = { key, pipeline, signal, now: before?.items.get(key), draft: after?.items.get(key) };
      // What a component of the pipeline creates is part of the balance only.
      if (candidate.now?.entered !== undefined || candidate.draft?.entered !== undefined) yield candidate;
    }
  }
}

const LEFT = 'left';

/** Returns where an item ended: the component, or that it left the pipeline. */
function endOf(trail: Trail | undefined): string {
  if (trail?.entered === undefined) return '';
  return trail.left === undefined ? trail.at : LEFT;
}

function isSame(a: ItemBytes | undefined, b: ItemBytes | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const item = Buffer.compare(a.bytes.subarray(a.start, a.end), b.bytes.subarray(b.start, b.end));
  const resource = (one: ItemBytes) => one.bytes.subarray(one.resourceStart, one.resourceEnd);
  return item === 0 && Buffer.compare(resource(a), resource(b)) === 0;
}

async function shownOf(
  { key, pipeline, signal, now, draft }: Candidate,
  before: Replay,
  after: Replay,
): Promise<Differing['sample'][number] | undefined> {
  const entered = now?.entered ?? draft?.entered;
  const described: ItemDescription | undefined = entered && describedItem(signal, entered);
  if (described === undefined) return undefined;
  const { timeMillis, service, name } = described;
  const traceId = key.length === TRACE_AND_SPAN_DIGITS ? key.slice(0, 32) : undefined;
  const [was, is] = [await fateOf(now, before, traceId), await fateOf(draft, after, traceId)];
  const [leftNow, leftDraft] = [now?.left, draft?.left];
  const bothLeft = leftNow !== undefined && leftDraft !== undefined;
  return {
    ...{ signal, pipeline, timeMillis, service, name },
    now: was,
    draft: bothLeft ? { kind: 'changed' } : is,
    changes: bothLeft ? differencesOf(signal, leftNow, leftDraft) : [],
  };
}

const TRACE_AND_SPAN_DIGITS = 48;

/** Returns the fate of an item, with the reason if its component has only one, or is known to have dropped its trace. */
async function fateOf(trail: Trail | undefined, { ledger, drops }: Replay, traceId: string | undefined): Promise<Fate> {
  if (trail?.entered === undefined) return { kind: 'not_received' };
  if (trail.left !== undefined) return { kind: 'kept' };
  const component = trail.at;
  const nodes = ledger.nodes.filter((node) => componentName(node.kind, node.component) === component);
  const entries = nodes.flatMap(({ dropped, merged }) => [...dropped, ...merged]);
  const [only, ...others] = entries;
  if (only !== undefined && others.length === 0) return fate(component, only.reason, only.rule);
  if (traceId === undefined) return { kind: 'gone', component };
  const found = (await drops(traceId)).drops.find((drop) => componentName(drop.kind, drop.component) === component);
  return found === undefined ? { kind: 'gone', component } : fate(component, found.reason, found.rule);
}

function fate(component: string, reason: string, rule: string | undefined): Fate {
  return { kind: 'gone', component, reason, ...(rule !== undefined && { rule }) };
}
