/** Templates of Go (`text/template`). */
export { TemplateError } from './ast.ts';
export { textArgument, toFloat } from './convert.ts';
export { compileExpression, queryEscape, replaceMatches } from './expressions.ts';
export { formatTime, type GoTime, knownZone, parseTime } from './go-time.ts';
export { printf } from './printf.ts';
export { compileTemplate, createTemplateSet, type Escaper, type Functions, type TemplateSet } from './template.ts';
export {
  bounded,
  type FunctionEntry,
  Int,
  isMap,
  isTime,
  METHODS,
  type Methods,
  printValue,
  type TemplateFunction,
  type Value,
} from './values.ts';
