import { checkGroups, type OpenSummary, stepOfCell } from './open-summary.ts';
import type { ErrorItems, SummaryRequest } from './protocol.ts';

/** Merges failed spans by service, type, message and name. */
export function mergeErrors(summaries: readonly OpenSummary[], request: SummaryRequest): readonly ErrorItems[] {
  const merged = new MergedErrors(request.steps);
  for (const summary of summaries) {
    const { reader } = summary;
    const { strings, cellSeconds } = reader;
    const stepOf = stepOfCell(summary, request);
    reader.services();
    reader.operations(() => undefined);
    for (const { cell, service, name, type, message, count, firstOffset, lastOffset, traceId } of reader.errors()) {
      const step = stepOf(cell);
      const serviceName = strings[service] ?? '';
      if (step === undefined || (request.service !== undefined && serviceName !== request.service)) continue;
      const start = BigInt(cell) * BigInt(cellSeconds) * 1_000_000_000n;
      merged.add({
        ...{
          service: serviceName,
          name: strings[name] ?? '',
          type: strings[type] ?? '',
          message: strings[message] ?? '',
        },
        ...{ count, firstSeen: start + BigInt(firstOffset), lastSeen: start + BigInt(lastOffset) },
        ...{ steps: new Map([[step, count]]), traceId: strings[traceId] ?? '' },
      });
    }
  }
  return merged.all();
}

/** Number of steps that take as much memory as the histogram of a group. */
const STEPS_PER_GROUP = 100;

/** Failed spans with their counts by step. */
export type ErrorPart = Omit<ErrorItems, 'steps'> & { readonly steps: ReadonlyMap<number, number> };

/** Errors by service, type, message and name. */
export class MergedErrors {
  readonly #steps: number;
  readonly #groups = new Map<string, { -readonly [Key in keyof ErrorItems]: ErrorItems[Key] } & { steps: number[] }>();

  constructor(steps: number) {
    this.#steps = steps;
  }

  add(part: ErrorPart): void {
    const key = JSON.stringify([part.service, part.type, part.message, part.name]);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { ...part, steps: new Array(this.#steps).fill(0) };
      this.#groups.set(key, group);
      checkGroups(this.#groups.size * Math.ceil(this.#steps / STEPS_PER_GROUP));
    } else {
      group.count += part.count;
      if (part.firstSeen < group.firstSeen) {
        group.firstSeen = part.firstSeen;
        group.traceId = part.traceId;
      }
      if (part.lastSeen > group.lastSeen) group.lastSeen = part.lastSeen;
    }
    for (const [step, count] of part.steps) group.steps[step] = (group.steps[step] ?? 0) + count;
  }

  all(): readonly ErrorItems[] {
    return [...this.#groups.values()];
  }
}
