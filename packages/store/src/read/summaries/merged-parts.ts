import { MergedErrors } from './merge-errors.ts';
import { MergedRequests } from './merge-requests.ts';
import { MergedVolumes } from './merge-volumes.ts';
import type { ServiceItems, SeverityItems, SummaryPart } from './protocol.ts';

/** Adds up the merged summaries of groups of files. */
export class MergedParts {
  readonly #steps: number;
  #requests: MergedRequests | undefined;
  #errors: MergedErrors | undefined;
  #services: readonly ServiceItems[] | undefined;
  #severities: Map<string, SeverityItems> | undefined;
  #volumes: MergedVolumes | undefined;

  constructor(steps: number) {
    this.#steps = steps;
  }

  /** Adds a part, of which `addedSteps` is to be added to the numbers of steps. */
  add({ requests, errors, services, severities, volumes }: SummaryPart, addedSteps: number): void {
    if (requests !== undefined) {
      this.#requests ??= new MergedRequests();
      this.#requests.addPacked(requests, undefined, addedSteps);
    }
    if (errors !== undefined) {
      this.#errors ??= new MergedErrors(this.#steps);
      for (const error of errors) {
        const counts = error.steps.entries().filter(([, count]) => count > 0);
        this.#errors.add({ ...error, steps: new Map(counts.map(([step, count]) => [step + addedSteps, count])) });
      }
    }
    if (services !== undefined) this.#services = [...(this.#services ?? []), ...services];
    for (const { service, level, step, count } of severities ?? []) {
      this.#severities ??= new Map();
      const own = step + addedSteps;
      const key = JSON.stringify([service, level, own]);
      const known = this.#severities.get(key)?.count ?? 0;
      this.#severities.set(key, { service, level, step: own, count: known + count });
    }
    for (const one of volumes ?? []) {
      this.#volumes ??= new MergedVolumes();
      this.#volumes.add({ ...one, step: one.step + addedSteps });
    }
  }

  get result(): SummaryPart {
    return {
      ...(this.#requests !== undefined && { requests: this.#requests.pack() }),
      ...(this.#errors !== undefined && { errors: this.#errors.all() }),
      ...(this.#services !== undefined && { services: this.#services }),
      ...(this.#severities !== undefined && { severities: [...this.#severities.values()] }),
      ...(this.#volumes !== undefined && { volumes: this.#volumes.all() }),
    };
  }
}
