import { entryText } from '../parquet/entries.ts';
import type { CellClock } from './cells.ts';
import { Groups } from './groups.ts';
import type { TextColumn } from './rows.ts';
import type { StringTable } from './strings.ts';

/** The items of a service with one version in a cell. */
export interface ServiceCell {
  readonly cell: number;
  readonly service: number;
  /** The string number of the version plus 1, or 0 if the resource has none. */
  readonly version: number;
  readonly items: number;
  /** Whether some of the items are server or consumer spans. */
  readonly serving: boolean;
  /** Nanoseconds between the start of the cell and its last item. */
  readonly lastOffset: number;
}

/** Counts the items of each service, version and cell. */
export class ServiceCells {
  readonly #groups = new Groups();
  readonly #strings: StringTable;
  readonly #items: number[] = [];
  readonly #serving: boolean[] = [];
  readonly #last: number[] = [];
  /** String numbers by entry of the service and resource columns, whose dictionaries only grow. */
  readonly #services: number[] = [];
  readonly #versions: number[] = [];

  constructor(strings: StringTable) {
    this.#strings = strings;
  }

  get count(): number {
    return this.#groups.count;
  }

  /** Returns the string number of a service's name. */
  service(column: TextColumn, entry: number): number {
    let number = this.#services[entry];
    if (number === undefined) {
      number = this.#strings.add(entryText(column, entry));
      this.#services[entry] = number;
    }
    return number;
  }

  version(resources: TextColumn, entry: number): number {
    let number = this.#versions[entry];
    if (number === undefined) {
      const version = versionOf(entryText(resources, entry));
      number = version === undefined ? 0 : this.#strings.add(version) + 1;
      this.#versions[entry] = number;
    }
    return number;
  }

  /** Counts an item at a time that `clock` has located. */
  add({ cell, offset }: CellClock, service: number, version: number, serving: boolean): void {
    const group = this.#groups.find(cell, service, version, 0);
    if (group === this.#items.length) {
      this.#items.push(0);
      this.#serving.push(false);
      this.#last.push(-1);
    }
    this.#items[group] = (this.#items[group] as number) + 1;
    if (serving) this.#serving[group] = true;
    if (offset > (this.#last[group] as number)) this.#last[group] = offset;
  }

  all(): readonly ServiceCell[] {
    const { keys } = this.#groups;
    return this.#items.map((items, group) => ({
      cell: keys[group * 4] ?? 0,
      service: keys[group * 4 + 1] ?? 0,
      version: keys[group * 4 + 2] ?? 0,
      items,
      serving: this.#serving[group] === true,
      lastOffset: this.#last[group] ?? 0,
    }));
  }
}

/** Returns the string numbers of the services of rows. */
export function serviceNumbers(services: ServiceCells, column: TextColumn): Uint32Array {
  const numbers = new Uint32Array(column.refs.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = services.service(column, column.refs[i] as number);
  return numbers;
}

/** Returns the numbers of the versions of rows, from the attributes of their resources. */
export function versionNumbers(services: ServiceCells, resources: TextColumn): Uint32Array {
  const numbers = new Uint32Array(resources.refs.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = services.version(resources, resources.refs[i] as number);
  return numbers;
}

/** Returns the attribute `service.version` of resource attributes as JSON. */
export function versionOf(attributes: unknown): string | undefined {
  if (typeof attributes !== 'string' || !attributes.includes('"service.version"')) return undefined;
  const version = (JSON.parse(attributes) as Readonly<Record<string, unknown>>)['service.version'];
  return typeof version === 'string' && version !== '' ? version : undefined;
}
