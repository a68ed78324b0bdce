/** Templates of Go (`text/template`). */
export { TemplateError } from './ast.ts';
export { textArgument } from './convert.ts';
export { compileExpression, queryEscape, replaceMatches } from './expressions.ts';
export { formatTime } from './go-time.ts';
export { printf } from './printf.ts';
export { compileTemplate, type Functions } from './template.ts';
export { bounded, type FunctionEntry, Int, isMap, type TemplateFunction, type Value } from './values.ts';
