import { AttributePlan, type AttributeStep } from '@otelier/otlp';
import type { Access, Getter } from '../contexts/access.ts';

/** A change of one attribute that depends on no other telemetry. */
export interface ConstantChange {
  /** The attributes that it changes. */
  readonly attributes: NonNullable<Access['attributes']>;
  readonly step: AttributeStep;
}

const changes = new WeakMap<Getter, ConstantChange>();

/** Marks the function of an editor as a constant change, which `planOf` combines with others. Returns the function. */
export function constantChange(edit: Getter, change: ConstantChange | undefined): Getter {
  if (change !== undefined) changes.set(edit, change);
  return edit;
}

/** Returns the change that `constantChange` marked, or `undefined` for other functions. */
export function changeOf(edit: Getter): ConstantChange | undefined {
  return changes.get(edit);
}

/** Several changes of the attributes of the same messages, as one plan. */
export interface PlannedChange {
  readonly attributes: ConstantChange['attributes'];
  readonly plan: AttributePlan;
}

/** Combines changes into a plan, or returns `undefined` if they change different messages, or a key twice. */
export function planOf(list: readonly (ConstantChange | undefined)[]): PlannedChange | undefined {
  const [first] = list;
  const known = list.filter((change) => change !== undefined);
  if (first === undefined || known.length < list.length) return undefined;
  const { record, field } = first.attributes;
  if (known.some(({ attributes }) => attributes.record !== record || attributes.field !== field)) return undefined;
  const plan = AttributePlan.of(known.map(({ step }) => step));
  return plan && { attributes: first.attributes, plan };
}
