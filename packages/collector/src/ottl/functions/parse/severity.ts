import { EvaluationError, isList, isMap, typeName, type Value, type ValueMap } from '../../values/value.ts';

interface Criterion {
  readonly equals: readonly Value[];
  readonly min: bigint | undefined;
  readonly max: bigint | undefined;
}

const PLACEHOLDER = /^([2-5])xx$/;

/** Compiles a severity mapping into a function that returns the first severity that matches a value. */
export function compileSeverities(mapping: ValueMap): (value: Value) => string {
  const severities: [string, Criterion[]][] = [];
  for (const [name, criteria] of mapping) {
    if (!isList(criteria))
      throw new EvaluationError(`expected a list of criteria for ${name}, got ${typeName(criteria)}`);
    severities.push([name, criteria.map(criterionOf)]);
  }
  return (value) => {
    if (typeof value !== 'string' && typeof value !== 'bigint')
      throw new EvaluationError(`expected a string or an integer as severity, got ${typeName(value)}`);
    const found = severities.find(([, criteria]) => criteria.some((criterion) => matches(criterion, value)));
    if (found === undefined) throw new EvaluationError(`expected a severity of the mapping, got "${value}"`);
    return found[0];
  };
}

function matches({ equals, min, max }: Criterion, value: string | bigint): boolean {
  if (typeof value === 'string') return equals.includes(value);
  return min !== undefined && max !== undefined && value >= min && value <= max;
}

function criterionOf(value: Value): Criterion {
  if (!isMap(value)) throw new EvaluationError(`expected a map with "equals" or "range", got ${typeName(value)}`);
  const equals = value.get('equals') ?? [];
  if (!isList(equals) || equals.some((text) => typeof text !== 'string'))
    throw new EvaluationError('expected a list of strings for "equals"');
  return { equals, ...rangeOf(value.get('range')) };
}

function rangeOf(range: Value): Pick<Criterion, 'min' | 'max'> {
  if (range === undefined) return { min: undefined, max: undefined };
  const placeholder = typeof range === 'string' ? PLACEHOLDER.exec(range) : null;
  if (placeholder !== null) {
    const min = BigInt(placeholder[1] ?? 0) * 100n;
    return { min, max: min + 99n };
  }
  const min = isMap(range) ? range.get('min') : undefined;
  const max = isMap(range) ? range.get('max') : undefined;
  if (typeof min !== 'bigint' || typeof max !== 'bigint')
    throw new EvaluationError('expected a range with integers "min" and "max", or "2xx" to "5xx"');
  return { min, max };
}
