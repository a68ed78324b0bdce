import type { SampledSignal } from '../../component/sampling/create-sampled-item.ts';
import { compileValue } from '../../ottl/compile/compiler.ts';
import type { Getter } from '../../ottl/contexts/access.ts';
import { converters } from '../../ottl/functions/of-context.ts';
import { OttlError } from '../../ottl/grammar/error.ts';
import type { Subject } from '../../ottl/record/subject.ts';
import { attributeText } from '../../ottl/values/text.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import type { KeyPart } from './key-tree.ts';

/** The OTTL context of a signal's items. */
const ITEM_CONTEXT = { traces: 'span', logs: 'log' } as const satisfies Record<SampledSignal, string>;

/** The default keys by signal. */
const DEFAULT_KEY: Readonly<Record<SampledSignal, readonly string[]>> = {
  traces: ['status.code', 'resource.attributes["service.name"]', 'name'],
  logs: ['severity_number', 'resource.attributes["service.name"]'],
};

/**
 * Returns a function that reads the key of an item. A path that this signal's items do not have yields the same value
 * for all of them. The returned array is reused.
 */
export function keyReader(key: readonly string[], signal: SampledSignal): (subject: Subject) => readonly KeyPart[] {
  const texts = key.length === 0 ? DEFAULT_KEY[signal] : key;
  const getters = texts.map((text) => compilePart(text, signal)).filter((getter) => getter instanceof Function);
  const parts: KeyPart[] = getters.map(() => undefined);
  return (subject) => {
    for (let i = 0; i < getters.length; i++) parts[i] = partOf(getters[i] as Getter, subject);
    return parts;
  };
}

/** Returns the error of a key part that is valid for no signal, or `undefined`. */
export function keyError(text: string): string | undefined {
  const [span, log] = [compilePart(text, 'traces'), compilePart(text, 'logs')];
  return span instanceof OttlError && log instanceof OttlError ? span.message : undefined;
}

function compilePart(text: string, signal: SampledSignal): Getter | OttlError {
  const context = ITEM_CONTEXT[signal];
  try {
    return compileValue(text, { context, functions: converters(context) });
  } catch (error) {
    if (error instanceof OttlError) return error;
    throw error;
  }
}

/** Evaluates a part of a key; a value that cannot be read counts as missing. */
function partOf(getter: Getter, subject: Subject): KeyPart {
  try {
    const value = getter(subject);
    if (typeof value === 'string') return bounded(value);
    return typeof value === 'object' ? bounded(attributeText(value)) : value;
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

/**
 * Truncates long strings so that keys have a bounded size. The result is a copy, so that it does not keep the whole
 * string alive.
 */
function bounded(text: string): string {
  return text.length <= MAX_LENGTH ? text : Array.from(text.slice(0, MAX_LENGTH)).join('');
}

const MAX_LENGTH = 256;
