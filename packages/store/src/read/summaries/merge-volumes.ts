import { checkGroups, type OpenSummary, stepOfCell } from './open-summary.ts';
import type { SummaryRange, VolumeItems } from './protocol.ts';

/** Adds up volumes by service, name, level and step. */
export class MergedVolumes {
  readonly #merged = new Map<string, { -readonly [Key in keyof VolumeItems]: VolumeItems[Key] }>();

  add(one: VolumeItems): void {
    const { service, name, level, step, items, bytes } = one;
    const key = JSON.stringify([service, name, level, step]);
    const known = this.#merged.get(key);
    if (known === undefined) {
      this.#merged.set(key, { service, name, level, step, items, bytes });
      checkGroups(this.#merged.size);
      return;
    }
    known.items += items;
    known.bytes += bytes;
  }

  all(): readonly VolumeItems[] {
    return [...this.#merged.values()];
  }
}

/** Merges the volumes of summaries. Without `detail`, names and levels are not told apart. */
export function mergeVolumes(
  summaries: readonly OpenSummary[],
  request: SummaryRange & { readonly service: string | undefined; readonly detail: boolean },
): readonly VolumeItems[] {
  const merged = new MergedVolumes();
  for (const summary of summaries) {
    const { reader } = summary;
    const stepOf = stepOfCell(summary, request);
    reader.skipToVolumes();
    for (const { cell, service: number, name: nameNumber, level, items, bytes } of reader.volumes()) {
      const step = stepOf(cell);
      const service = reader.strings[number] ?? '';
      if (step === undefined || (request.service !== undefined && service !== request.service)) continue;
      const own = request.detail ? { name: reader.strings[nameNumber] ?? '', level } : { name: '', level: 0 };
      merged.add({ service, ...own, step, items, bytes });
    }
  }
  return merged.all();
}
