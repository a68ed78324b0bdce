/** A scalar. Lists of scalars are formatted as JSON. In addition to its fields, a message is represented by `{}`. */
export type Leaf = string | number | boolean;

/** The time interval of a run, in nanoseconds since the epoch. Times within it vary between runs. */
export interface Interval {
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * Returns the fields of OTLP/JSON requests by path, such as `cart/spans/GET/attributes/http.route/stringValue`. Paths
 * contain names, so grouping does not matter. IDs become numbers in order of appearance, and times within the run
 * become `now`.
 */
export function leavesOf(requests: readonly unknown[], run: Interval): ReadonlyMap<string, Leaf> {
  const reader = new LeafReader(run);
  for (const request of requests) reader.visit('', '', request);
  return reader.leaves;
}

type Fields = Readonly<Record<string, unknown>>;

class LeafReader {
  readonly leaves = new Map<string, Leaf>();
  readonly #run: Interval;
  readonly #ids = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(run: Interval) {
    this.#run = run;
  }

  /** Visits a field named `key`. */
  visit(path: string, key: string, value: unknown): void {
    if (isLeaf(value)) this.leaves.set(path, this.#leafOf(key, value));
    else if (!Array.isArray(value)) this.#visitMessage(path, value as Fields);
    else if (value.every(isLeaf)) this.leaves.set(path, JSON.stringify(value));
    else for (const [i, element] of value.entries()) this.#visitElement(path, key, element, i);
  }

  #visitMessage(path: string, message: Fields): void {
    // Presence counts as a field too.
    if (path !== '') this.leaves.set(path, '{}');
    for (const [name, part] of Object.entries(message)) {
      this.visit(LEVEL.test(name) ? path : `${path}/${name}`, name, part);
    }
  }

  #visitElement(path: string, list: string, element: Fields, i: number): void {
    const { key, value, ...rest } = element;
    if (typeof key === 'string' && Object.keys(rest).length === 0)
      this.visit(this.#unique(`${path}/${key}`), '', value);
    else if (list.startsWith('resource')) this.visit(path, '', element);
    else if (list.startsWith('scope')) this.visit(`${path}${nameOf(element['scope'])}`, '', element);
    else this.visit(this.#unique(`${path}/${nameOf(element) || i}`), '', element);
  }

  /** Returns the path, with a number if it already exists. Resources are repeated for every scope. */
  #unique(path: string): string {
    if (path.startsWith('/resource/')) return path;
    const count = (this.#counts.get(path) ?? 0) + 1;
    this.#counts.set(path, count);
    return count === 1 ? path : `${path}#${count}`;
  }

  #leafOf(key: string, value: Leaf): Leaf {
    const kind = ID_KINDS[key];
    if (kind !== undefined && value !== '') return this.#idOf(kind, value);
    const isOfRun = key.endsWith('UnixNano') && BigInt(value) >= this.#run.from && BigInt(value) <= this.#run.to;
    return isOfRun ? 'now' : value;
  }

  #idOf(kind: string, id: Leaf): string {
    const key = `${kind} ${id}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const name = `${kind} ${[...this.#ids.values()].filter((other) => other.startsWith(kind)).length + 1}`;
    this.#ids.set(key, name);
    return name;
  }
}

const ID_KINDS: Readonly<Record<string, string>> = { traceId: 'trace', spanId: 'span', parentSpanId: 'span' };
const LEVEL = /^(resource|scope)(Spans|Logs|Metrics)$/;

function isLeaf(value: unknown): value is Leaf {
  return typeof value !== 'object' && value !== undefined;
}

/** Returns an object's identity: its name, body or attributes. */
function nameOf(thing: unknown): string {
  const { name, body, attributes } = (thing ?? {}) as Fields;
  if (typeof name === 'string') return name;
  const text = (body as Fields | undefined)?.['stringValue'];
  if (typeof text === 'string') return text;
  const list = (attributes ?? []) as readonly { readonly key: string; readonly value: Fields }[];
  return list
    .map(({ key, value }) => `${key}=${Object.values(value).map(String)}`)
    .toSorted()
    .join();
}
