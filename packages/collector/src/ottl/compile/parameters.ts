import { encodeKey } from '@otelier/otlp';
import {
  type Access,
  expectInteger,
  expectList,
  expectMap,
  expectText,
  type Getter,
  mismatch,
} from '../contexts/access.ts';
import type { ValueSyntax } from '../grammar/syntax.ts';
import type { Subject } from '../record/subject.ts';
import { toBoolean, toBytes, toFloat, toInteger, toText } from '../values/convert.ts';
import { Duration, EvaluationError, Time, type Value, type ValueMap } from '../values/value.ts';
import { constant, constantOf } from './constant.ts';
import type { ArgumentCompiler, Lambda, Parameter } from './function.ts';

/** A parameter for any value. */
export function any(): Parameter<Getter> {
  return required((syntax, compiler) => compiler.value(syntax));
}

/** A parameter for a string. */
export const text = () => converted(expectText);
/** A parameter for an int64. */
export const integer = () => converted(expectInteger);
/** A parameter for a time. */
export const time = () => converted((value) => (value instanceof Time ? value : mismatch('time', value)));
/** A parameter for a duration. */
export const duration = () => converted((value) => (value instanceof Duration ? value : mismatch('duration', value)));
/** A parameter for a map. */
export const map = () => converted(expectMap);
/** A parameter for a list. */
export const list = () => converted(expectList);
/** A parameter for a value that converts to a string. Nil is `undefined`. */
export const textLike = () => converted(toText);
/** A parameter for a value that converts to an int64. Nil is `undefined`. */
export const integerLike = () => converted(toInteger);
/** A parameter for a value that converts to a float64. Nil is `undefined`. */
export const floatLike = () => converted(toFloat);
/** A parameter for a value that converts to a boolean. Nil is `undefined`. */
export const booleanLike = () => converted(toBoolean);
/** A parameter for a value that converts to bytes. Nil is `undefined`. */
export const bytesLike = () => converted(toBytes);

/** A parameter for a path that the function sets. */
export function target(): Parameter<Access> {
  return required((syntax, compiler) => compiler.target(syntax));
}

/** A path to a map that a function modifies in place and then sets. */
export interface MapTarget {
  get(subject: Subject): ValueMap;
  set(subject: Subject, map: ValueMap): void;
  /** Deletes a key. */
  delete(subject: Subject, key: string): void;
  /** Set for all attributes of a message. */
  readonly attributes: Access['attributes'];
}

/** A parameter for a path to a map. */
export function mapTarget(): Parameter<MapTarget> {
  return required((syntax, compiler) => {
    const access = compiler.target(syntax);
    const get = (subject: Subject) => expectMap(access.get(subject));
    return { get, set: access.set, delete: keyDeleter(access, get), attributes: access.attributes };
  });
}

function keyDeleter(access: Access, get: (subject: Subject) => ValueMap): MapTarget['delete'] {
  const { attributes } = access;
  if (attributes !== undefined) {
    // The key is usually constant.
    let last = '';
    let encoded = encodeKey(last);
    return (subject, key) => {
      if (key !== last) encoded = encodeKey(key);
      last = key;
      attributes.record(subject).attributes.delete(attributes.field(subject), key, encoded);
    };
  }
  return (subject, key) => {
    const map = get(subject);
    map.delete(key);
    access.set(subject, map);
  };
}

/** A path to a list that the function sets. */
export interface ListTarget {
  get(subject: Subject): Value[];
  set(subject: Subject, list: Value[]): void;
}

/** A parameter for a path to a list. */
export function listTarget(): Parameter<ListTarget> {
  return required((syntax, compiler) => {
    const access = compiler.target(syntax);
    return { get: (subject) => expectList(access.get(subject)), set: access.set };
  });
}

/** A parameter for a quoted string literal. */
export const literalText = () => literal('a string in quotes', (value) => typeof value === 'string');
/** A parameter for an integer literal. */
export const literalInteger = () => literal('an integer', (value) => typeof value === 'bigint');
/** A parameter for a number literal with a decimal point. */
export const literalFloat = () => literal('a number with a decimal point', (value) => typeof value === 'number');
/** A parameter for `true` or `false`. */
export const literalBoolean = () => literal('true or false', (value) => typeof value === 'boolean');

/** A parameter for a bracketed list of arguments. */
export function listOf<T>(element: Parameter<T>): Parameter<readonly T[]> {
  return required((syntax, compiler) => {
    if (syntax.kind !== 'list') return compiler.fail(syntax, 'expected a list in brackets');
    return syntax.values.map((value) => element.build(value, compiler));
  });
}

/** A parameter for values, given either in brackets or as a path or converter that returns a list. */
export function valuesOf<T>(convert: (value: Value) => T): Parameter<Getter<readonly T[]>> {
  return required((syntax, compiler) => {
    if (syntax.kind !== 'list') {
      const getter = compiler.value(syntax);
      return (subject) => expectList(getter(subject)).map(convert);
    }
    const getters = syntax.values.map((value) => converted(convert).build(value, compiler));
    return (subject) => getters.map((getter) => getter(subject));
  });
}

/** A parameter for the name of a single-parameter converter, such as `SHA256`. */
export function converterName(): Parameter<(input: Getter<string>) => Getter> {
  return required((syntax, compiler) => {
    const definition = compiler.function(syntax);
    const names = Object.keys(definition.parameters);
    const [name] = names;
    if (name === undefined || names.length !== 1)
      return compiler.fail(syntax, `expected a converter with one parameter, got ${definition.name}`);
    return (input) => definition.create({ [name]: input });
  });
}

/** A parameter for a lambda with the given number of parameters. */
export function lambda(parameterCount: number): Parameter<Lambda> {
  return required((syntax, compiler) => {
    const compiled = compiler.lambda(syntax);
    if (compiled.parameterCount !== parameterCount)
      return compiler.fail(
        syntax,
        `expected a lambda with ${parameterCount} parameters, got ${compiled.parameterCount}`,
      );
    return compiled;
  });
}

/** Makes a parameter optional. Its argument is `undefined` if omitted. */
export function optional<T>(parameter: Parameter<T>): Parameter<T | undefined> {
  return { ...parameter, isOptional: true };
}

function required<T>(build: (syntax: ValueSyntax, compiler: ArgumentCompiler) => T): Parameter<T> {
  return { isOptional: false, build };
}

/** Converts the value of a getter. Constants are converted when the statement is compiled. */
function converted<T>(convert: (value: Value) => T): Parameter<Getter<T>> {
  return required((syntax, compiler) => {
    const getter = compiler.value(syntax);
    const known = constantOf(getter);
    if (known === undefined) return (subject) => convert(getter(subject));
    try {
      return constant(convert(known.value));
    } catch (error) {
      if (error instanceof EvaluationError) return compiler.fail(syntax, error.message);
      throw error;
    }
  });
}

function literal<T extends string | bigint | number | boolean>(
  expected: string,
  accepts: (value: unknown) => value is T,
): Parameter<T> {
  return required((syntax, compiler) =>
    syntax.kind === 'literal' && accepts(syntax.value) ? syntax.value : compiler.fail(syntax, `expected ${expected}`),
  );
}
