import type { OutputMap } from '../output/config-builder.ts';
import type { ConversionReport } from '../report.ts';
import { all, fieldOf, literal, member } from './expressions.ts';

/** The attribute with what stages extract. The last operator removes it. */
export const EXTRACTED = 'attributes.__stages';

/** Collects the operators that stages become. Labels are attributes, and the line is the body. */
export class StageContext {
  readonly report: ConversionReport;
  readonly operators: OutputMap[] = [];
  /** All labels that entries can have. */
  readonly labels: Set<string>;
  readonly #initialLabels: ReadonlySet<string>;
  readonly #extracted = new Set<string>();
  readonly #structured = new Set<string>();
  #condition = '';
  #nextNumber = 1;
  #isStarted = false;

  constructor(report: ConversionReport, initialLabels: Iterable<string>) {
    this.report = report;
    this.#initialLabels = new Set(initialLabels);
    this.labels = new Set(this.#initialLabels);
  }

  /** Adds an operator, which runs if the condition and those of the enclosing stages are true. */
  push(operator: OutputMap, condition = ''): void {
    const both = all(this.#condition, condition);
    this.operators.push(both === '' ? operator : { ...operator, if: both });
  }

  /** Adds an operator that drops the entries of a condition. */
  drop(condition: string, ratio = 1): void {
    // The operator `filter` has no condition beside `expr`.
    const expr = all(this.#condition, condition);
    this.operators.push({ type: 'filter', expr: expr === '' ? 'true' : expr, ...(ratio < 1 && { drop_ratio: ratio }) });
  }

  /** Runs `convert` for stages whose operators have a further condition, which is evaluated once. */
  within(condition: string, convert: () => void): void {
    const flag = this.internal('match');
    this.push({ type: 'add', field: flag.field, value: true }, condition);
    const outer = this.#condition;
    this.#condition = `${flag.expression} == true`;
    convert();
    this.#condition = outer;
  }

  /** Returns the place of an extracted value that is set. */
  set(name: string): string {
    this.#start();
    this.#extracted.add(name);
    return fieldOf(EXTRACTED, name);
  }

  /** Returns a new place for a value that stages do not see. */
  internal(name: string): { readonly field: string; readonly expression: string } {
    this.#start();
    const key = `__${name}${this.#nextNumber++}`;
    return { field: fieldOf(EXTRACTED, key), expression: member(EXTRACTED, key) };
  }

  /** Returns the field to read an extracted value or label from. */
  field(name: string): string {
    return this.#readsLabel(name) ? fieldOf('attributes', name) : fieldOf(EXTRACTED, name);
  }

  /** Returns the expression of an extracted value or label, nil if there is none. */
  value(name: string): string {
    if (this.#readsLabel(name)) return member('attributes', name);
    this.#start();
    const extracted = member(EXTRACTED, name);
    return this.#initialLabels.has(name) ? `(${extracted} ?? ${member('attributes', name)})` : extracted;
  }

  /** Returns the expression of an extracted value or label as text, empty if there is none. */
  textOf(name: string): string {
    return `string(${this.value(name)} ?? "")`;
  }

  /** Returns the condition that an extracted value or label exists. */
  exists(name: string): string {
    return `${this.value(name)} != nil`;
  }

  /** Whether a stage before or the source of the entries can have set a value. */
  isKnown(name: string): boolean {
    return this.#extracted.has(name) || this.#initialLabels.has(name);
  }

  /** Notes that an attribute is structured metadata. */
  structured(name: string): void {
    this.#structured.add(name);
  }

  /** Names of attributes that are structured metadata. */
  get structuredMetadata(): ReadonlySet<string> {
    return this.#structured;
  }

  /** Adds the last operators: removes what was extracted, and names the labels for the exporter `loki`. */
  finish(): OutputMap[] {
    if (this.#isStarted) this.operators.push({ type: 'remove', field: EXTRACTED, on_error: 'send_quiet' });
    if (this.labels.size > 0)
      this.operators.push({
        type: 'add',
        field: 'attributes["loki.attribute.labels"]',
        value: [...this.labels].sort().join(','),
      });
    return this.operators;
  }

  #readsLabel(name: string): boolean {
    return this.#initialLabels.has(name) && !this.#extracted.has(name);
  }

  /** Creates the map of extracted values, so that expressions can read its members. */
  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.operators.push({ type: 'add', field: EXTRACTED, value: {} });
  }
}

/** Returns the expression of a comparison with a text. */
export function equals(expression: string, text: string): string {
  return `${expression} == ${literal(text)}`;
}
