import { serviceName } from './containers.ts';
import { fieldRanges } from './json.ts';
import type { Appended, AppendRange, SignalBuilder, Table, TableContents } from './signal-builder.ts';
import { BytesBuilder } from './values/bytes-builder.ts';
import { timeBounds } from './values/times.ts';
import { Words64Builder } from './values/words-builders.ts';

/** Stores profile requests whole, one per row. */
export class ProfilesBuilder implements SignalBuilder {
  rows = 0;
  readonly #time = new Words64Builder(false);
  readonly #service = new BytesBuilder(true);
  readonly #items = new Words64Builder(false);
  readonly #request = new BytesBuilder(false);

  get byteSize(): number {
    return this.#request.memory(this.rows) + this.rows * 40;
  }

  append(request: Uint8Array, arrivalMillis: number, range?: AppendRange): Appended {
    if (range !== undefined && range.skip > 0) return { items: 1, complete: true };
    const { service, items } = describe(request);
    const row = this.rows++;
    const nanos = BigInt(arrivalMillis) * 1_000_000n;
    this.#time.set(row, Number(nanos & 0xffff_ffffn), Number(nanos >> 32n));
    this.#items.set(row, items, 0);
    if (service !== undefined) this.#service.setBytes(row, service);
    this.#request.setBytes(row, request);
    return { items: 1, complete: true };
  }

  free(): void {
    for (const column of [this.#time, this.#service, this.#items, this.#request]) column.free();
  }

  timeRange(from: number, to: number) {
    return timeBounds(this.#time.range('time', 'time', from, to).words);
  }

  times(rows: number) {
    return this.#time.range('time', 'time', 0, rows);
  }

  traces(): undefined {
    return undefined;
  }

  contents(from: number, to: number): TableContents {
    return {
      columns: [
        this.#time.range('time', 'time', from, to),
        this.#service.column('service_name', 'text', from, to),
        this.#items.column('item_count', 'int64', from, to),
        this.#request.column('request', 'bytes', from, to),
      ],
      promoted: [],
      keys: {},
    };
  }

  table(from: number, to: number): Table {
    const { min, max } = this.timeRange(from, to);
    return {
      ...this.contents(from, to),
      rows: to - from,
      minTime: min,
      maxTime: max,
      traceIndex: new Uint8Array(0),
      sizes: new Uint32Array(0),
    };
  }
}

/**
 * Returns the service of the first resource and the number of profiles (ExportProfilesServiceRequest → ResourceProfiles
 * → ScopeProfiles → Profile).
 */
function describe(request: Uint8Array): { readonly service: Uint8Array | undefined; readonly items: number } {
  let service: Uint8Array | undefined;
  let items = 0;
  const resources = fieldRanges(request, 0, request.length, 1);
  for (let i = 0; i < resources.length; i += 2) {
    const from = resources[i];
    const to = resources[i + 1];
    service ??= serviceName(request.subarray(from, to));
    const scopes = fieldRanges(request, from, to, 2);
    for (let k = 0; k < scopes.length; k += 2) {
      items += fieldRanges(request, scopes[k], scopes[k + 1], 2).length / 2;
    }
  }
  return { service, items };
}
