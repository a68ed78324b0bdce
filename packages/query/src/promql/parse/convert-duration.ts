import type { SyntaxNode } from '@lezer/common';
import type { Duration, DurationExpr } from './ast.ts';
import { type Conversion, spanOf } from './conversion.ts';
import { MAX_DURATION_MILLIS } from './literals.ts';
import { childNodes } from './tree.ts';

/** Converts durations: literals, or arithmetic if it is enabled. */
export class DurationConverter {
  readonly #converter: Conversion;

  constructor(converter: Conversion) {
    this.#converter = converter;
  }

  convert(node: SyntaxNode): Duration {
    const duration = this.#convert(node);
    const { options } = this.#converter;
    if (duration.kind === 'duration' && !options.durationExpressions) {
      throw this.#converter.error(duration, 'experimental duration expression is not enabled');
    }
    if (duration.kind === 'number' && Math.abs(duration.value) * 1000 > MAX_DURATION_MILLIS) {
      throw this.#converter.error(duration, 'duration out of range');
    }
    return duration;
  }

  #convert(node: SyntaxNode): Duration {
    const children = childNodes(node);
    const [first, second, third] = children;
    const span = spanOf(node);
    if (first === undefined) return this.#converter.number(node);
    switch (first.name) {
      case 'NumberDurationLiteralInDurationContext':
        return this.#converter.number(first);
      case 'DurationStep':
        return { kind: 'duration', operator: 'step', left: undefined, right: undefined, wrapped: false, ...span };
      case 'DurationRange':
        return { kind: 'duration', operator: 'range', left: undefined, right: undefined, wrapped: false, ...span };
      case 'DurationMinOf':
      case 'DurationMaxOf': {
        if (second === undefined || third === undefined) break;
        const operator = first.name === 'DurationMinOf' ? 'min_of' : 'max_of';
        const [left, right] = [this.#convert(second), this.#convert(third)];
        return { kind: 'duration', operator, left, right, wrapped: false, ...span };
      }
      case 'UnaryOp':
        if (second !== undefined) return this.#signed(first, this.#convert(second));
        break;
      default:
    }
    if (second === undefined || third === undefined) return this.#wrapped(this.#convert(first), span);
    const operator = this.#converter.text(second) as DurationExpr['operator'];
    const [left, right] = [this.#convert(first), this.#convert(third)];
    return { kind: 'duration', operator, left, right, wrapped: false, ...span };
  }

  #signed(sign: SyntaxNode, operand: Duration): Duration {
    const operator = this.#converter.text(sign) === '-' ? '-' : '+';
    const span = { start: sign.from, end: operand.end };
    if (operand.kind === 'number') {
      return { ...operand, value: operator === '-' ? -operand.value : operand.value, ...span };
    }
    if (operator === '+') return operand;
    return { kind: 'duration', operator, left: undefined, right: operand, wrapped: false, ...span };
  }

  #wrapped(inner: Duration, span: { readonly start: number; readonly end: number }): Duration {
    if (inner.kind === 'duration') return { ...inner, wrapped: true };
    return { kind: 'duration', operator: '+', left: undefined, right: inner, wrapped: true, ...span };
  }
}
