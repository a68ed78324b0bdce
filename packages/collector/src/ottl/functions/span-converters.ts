import { payloadEnd, payloadStart, SPAN_FIELDS } from '@otelier/otlp';
import { defineFunction, type FunctionDefinition } from '../compile/function.ts';

/** Span converters. */
export const SPAN_CONVERTERS: readonly FunctionDefinition[] = [
  defineFunction('IsRootSpan', {}, () => ({ item }) => {
    const value = item.find(SPAN_FIELDS.parentSpanId);
    if (value < 0) return true;
    const { source } = item;
    for (let at = payloadStart(source, value); at < payloadEnd(source, value); at++) if (source[at] !== 0) return false;
    return true;
  }),
];
