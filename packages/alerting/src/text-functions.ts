import {
  bounded,
  compileExpression,
  type FunctionEntry,
  replaceMatches,
  type TemplateFunction,
  textArgument,
} from '@otelier/query/go-template';

/** Creates a template function of one text. */
export function textFunction(convert: (text: string) => string): TemplateFunction {
  return (value) => bounded(convert(textArgument(value)));
}

/** The functions of texts that the templates of rules and of notifications share. */
export const TEXT_FUNCTIONS: readonly (readonly [name: string, FunctionEntry])[] = [
  ['toUpper', [1, textFunction((value) => value.toUpperCase())]],
  ['toLower', [1, textFunction((value) => value.toLowerCase())]],
  ['match', [2, (pattern, value) => compileExpression(textArgument(pattern)).test(textArgument(value))]],
  [
    'reReplaceAll',
    [3, (pattern, by, value) => replaceMatches(textArgument(pattern), textArgument(value), textArgument(by), true)],
  ],
];
