import { createElement, Fragment, type ReactNode } from 'react';
import { active } from './active.ts';

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** The values of a text's placeholders, none if it has no placeholders. */
type Values<Text extends string, Value> = [Placeholders<Text>] extends [never]
  ? []
  : [values: { readonly [Name in Placeholders<Text>]: Value }];

const PLACEHOLDER = /\{(\w+)\}/g;

/**
 * Returns an English text in the language of the page. `{name}` is replaced with the value of that name; numbers are
 * formatted as counts. A test finds the texts in the source, so the argument is a literal, or was passed to `msg`.
 */
export function t<const Text extends string>(text: Text, ...[values]: Values<Text, string | number>): string {
  const found = active().catalog[text];
  return fill(typeof found === 'string' ? found : text, values);
}

/** Marks a text for translation without translating it, for constants. Pass the constant to `t` where it is shown. */
export function msg<const Text extends string>(text: Text): Text {
  return text;
}

/** Returns a text in the language of the page, whose placeholders are replaced with elements. */
export function rich<const Text extends string>(text: Text, ...[nodes]: Values<Text, ReactNode>): ReactNode {
  const parts = t(text as string).split(PLACEHOLDER);
  const named: Readonly<Record<string, ReactNode>> = nodes ?? {};
  return parts.map((part, index) =>
    index % 2 === 0 ? part : createElement(Fragment, { key: index }, part in named ? named[part] : `{${part}}`),
  );
}

function fill(text: string, values: Readonly<Record<string, string | number>> | undefined): string {
  if (values === undefined) return text;
  return text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? active().counts.format(value) : (value ?? placeholder);
  });
}
