import type { ReportEntry } from '../imported-board.ts';

/** Collects what was not imported, with the places where it was. */
export class Report {
  readonly #places = new Map<string, Set<string>>();

  add(what: string, where?: string): void {
    const places = this.#places.get(what) ?? new Set();
    this.#places.set(what, places);
    if (where !== undefined) places.add(where === '' ? 'untitled' : where);
  }

  entries(): readonly ReportEntry[] {
    return [...this.#places].map(([what, where]) => ({ what, where: [...where] }));
  }
}
