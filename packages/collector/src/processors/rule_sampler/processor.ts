import type { BatchContext, RewriteHooks } from '@otelier/otlp';
import type { Consumer, DropRule, Processor, SignalContext } from '../../component/contract.ts';
import { every } from '../../component/every.ts';
import { createRewriter } from '../../component/rewriter.ts';
import { createSampledItem, type SampledSignal } from '../../component/sampling/create-sampled-item.ts';
import { isKept, thresholdAfter } from '../../component/sampling/sample-with.ts';
import type { Predicate } from '../../ottl/compile/comparison.ts';
import { evaluationContext } from '../../ottl/evaluation-context.ts';
import { Subject } from '../../ottl/record/subject.ts';
import { errorHandler } from '../../ottl/sequence.ts';
import { type Action, createAction, INTERVAL_SECONDS } from './action.ts';
import { DEFAULT_RULE, type RuleSamplerConfig } from './config.ts';
import { compileRule } from './match.ts';

/** A rule with its counters. */
interface Rule {
  readonly name: string;
  /** `undefined` for the default rule, which matches all items. */
  readonly matches: Predicate | undefined;
  readonly action: Action;
  readonly drops: DropRule;
  matched: number;
  kept: number;
  /** Counts a match, in tests. */
  readonly observed: (() => void) | undefined;
  /** Number of items dropped from the current batch. */
  dropped: number;
}

/** Creates a processor that samples items by the first rule that matches. */
export function createRuleSampler(
  config: RuleSamplerConfig,
  next: Consumer,
  context: SignalContext<SampledSignal>,
): Processor {
  const rules = createRules(config, context);
  const rewriter = createRewriter([hooksOf(rules, config, context)], next, {
    dropped: () => {
      for (const { name, dropped } of rules) if (dropped > 0) context.dropped(dropped, `rule ${name}`, name);
    },
  });
  const report = reporter(rules, config, context);
  const task = config.reportInterval > 0 ? every(context, config.reportInterval, report) : undefined;
  return {
    consume(batch) {
      for (const rule of rules) rule.dropped = 0;
      return rewriter.consume(batch);
    },
    start: async () => task?.start(),
    async shutdown() {
      await task?.shutdown();
      report();
    },
  };
}

function createRules(config: RuleSamplerConfig, context: SignalContext<SampledSignal>): readonly Rule[] {
  const { signal, logger, observeRule } = context;
  const dropsOf = (name: string, path: readonly (string | number)[]) =>
    context.dropRule({ reason: `rule ${name}`, rule: name, path });
  const handle = errorHandler(config.errorMode, logger);
  const counts = { matched: 0, kept: 0, dropped: 0 };
  const rules = config.rules.flatMap((rule, index): Rule[] => {
    const matches = compileRule(rule, signal, handle);
    if (matches === undefined) return [];
    const observed = observeRule?.({ kind: 'rule', text: rule.name });
    const drops = dropsOf(rule.name, ['rules', index]);
    const ruleAction = createAction(rule, config.samplingPrecision);
    return [{ name: rule.name, matches, observed, action: ruleAction, drops, ...counts }];
  });
  const action = createAction(config.default, config.samplingPrecision);
  const drops = dropsOf(DEFAULT_RULE, ['default']);
  return [...rules, { name: DEFAULT_RULE, matches: undefined, observed: undefined, action, drops, ...counts }];
}

function hooksOf(
  rules: readonly Rule[],
  { dryRun, samplingPrecision }: RuleSamplerConfig,
  context: SignalContext<SampledSignal>,
): RewriteHooks<BatchContext> {
  const { clock, signal, random } = context;
  const subject = new Subject(evaluationContext(context));
  const sampled = createSampledItem(signal, random);
  let adjustedMillis = clock.monotonic();
  return {
    resource() {
      const elapsedSeconds = (clock.monotonic() - adjustedMillis) / 1000;
      if (elapsedSeconds < INTERVAL_SECONDS) return 'keep';
      adjustedMillis = clock.monotonic();
      for (const { action } of rules) action.adjust(elapsedSeconds);
      return 'keep';
    },
    item(cursor, batch) {
      subject.batch = batch;
      subject.moveToItem(cursor);
      const rule = firstMatch(rules, subject);
      rule.matched += 1;
      rule.observed?.();
      sampled.moveTo(cursor);
      const arriving = sampled.threshold;
      const threshold = thresholdAfter(arriving, rule.action.threshold(), samplingPrecision);
      const keeps = isKept(sampled, threshold);
      if (keeps) rule.kept += 1;
      if (context.observeSampling !== undefined) observe(context, rule.name, keeps, cursor.end - cursor.start);
      if (dryRun) return 'keep';
      if (!keeps) {
        rule.dropped += 1;
        rule.drops.item(cursor);
        return 'drop';
      }
      if (threshold !== arriving) sampled.record(threshold);
      return 'keep';
    },
  };
}

function observe(
  { id: component, observeSampling }: SignalContext<SampledSignal>,
  policy: string,
  keeps: boolean,
  sizeBytes: number,
): void {
  const decision = { component, policy, itemCount: 1, sizeBytes, traceCount: 0 };
  observeSampling?.({ ...decision, kind: keeps ? 'sampled' : 'notSampled' });
  if (keeps) observeSampling?.({ ...decision, kind: 'decisive' });
}

function firstMatch(rules: readonly Rule[], subject: Subject): Rule {
  for (const rule of rules) if (rule.matches === undefined || rule.matches(subject)) return rule;
  throw new Error('the default rule matches every item');
}

/** Returns a function that logs the cumulative counts of the rules, if they have changed since the last call. */
function reporter(
  rules: readonly Rule[],
  { dryRun }: RuleSamplerConfig,
  { logger }: SignalContext<SampledSignal>,
): () => void {
  let reported = 0;
  return () => {
    const matched = rules.reduce((sum, rule) => sum + rule.matched, 0);
    if (matched === reported) return;
    reported = matched;
    const counts = Object.fromEntries(rules.map(({ name, matched, kept }) => [name, { matched, kept }]));
    logger.info({ rules: counts }, dryRun ? 'dry run of rules: nothing was dropped' : 'items sampled by rules');
  };
}
