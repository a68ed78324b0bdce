import type { ComponentContext } from '../component/contract.ts';
import type { Value } from '../ottl/values/value.ts';
import type { OperatorContext } from './definition/operator.ts';
import { Entry } from './entry/entry.ts';
import { attributeTemplates, compileTemplate } from './expression/template.ts';
import { createPipeline, type OperatorConfigs, type OperatorPipeline } from './pipeline.ts';

/** What a receiver of log records configures about them. */
export interface EntryOptions {
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly operators: OperatorConfigs;
}

/** Makes entries of what a receiver reads, and runs its operators. */
export interface EntryProcessor {
  /** Creates an entry with the configured attributes and resource. */
  create(body: Value, observedNanos: bigint, source?: object, position?: number): Entry;
  /** The operators; `undefined` if there are none. */
  readonly pipeline: OperatorPipeline | undefined;
}

/** How often failures of an operator are logged. */
const REPORT_MILLIS = 60_000;

/** Creates the entry processor of a receiver, whose configuration is valid. */
export function createEntryProcessor(options: EntryOptions, context: ComponentContext): EntryProcessor {
  const { attributes, resource, operators } = options;
  const steps = [
    attributeTemplates(attributes, 'attributes', context.environment),
    attributeTemplates(resource, 'resource', context.environment),
  ].filter((step) => step !== undefined);
  const created = operators.length === 0 ? undefined : createPipeline(operators, operatorContext(context));
  if (created?.issues !== undefined) throw new Error(created.issues.map(({ message }) => message).join('; '));
  return {
    pipeline: created?.pipeline,
    create(body, observedNanos, source, position) {
      const entry = new Entry(body, observedNanos, source, position);
      for (const step of steps) step(entry);
      return entry;
    },
  };
}

/** Returns the texts of attributes or of a resource if none has an expression. */
export function constantTexts(texts: Readonly<Record<string, string>>): ReadonlyMap<string, string> | undefined {
  const constants = new Map<string, string>();
  for (const [key, text] of Object.entries(texts)) {
    const { constant } = compileTemplate(text, {});
    if (constant === undefined) return undefined;
    constants.set(key, constant);
  }
  return constants;
}

/** Returns what a receiver provides to its operators. */
export function operatorContext(context: ComponentContext): OperatorContext {
  const reports = new Map<string, { readonly sinceMillis: number; count: number }>();
  return {
    environment: context.environment,
    clock: context.clock,
    random: context.random,
    dropped: (count, reason, operator) => context.dropped(count, reason, operator),
    failed(operator, message, isQuiet) {
      const nowMillis = context.clock.monotonic();
      const known = reports.get(operator);
      if (known !== undefined && nowMillis - known.sinceMillis < REPORT_MILLIS) {
        known.count++;
        return;
      }
      reports.set(operator, { sinceMillis: nowMillis, count: 0 });
      const fields = { operator, ...(known !== undefined && known.count > 0 && { suppressed: known.count }) };
      context.logger[isQuiet ? 'debug' : 'error'](fields, `operator failed: ${message}`);
    },
  };
}
