import { type FunctionDefinition, type FunctionTable, functionTable } from '../compile/function.ts';
import { EDITORS } from './editors.ts';
import { ENCODINGS } from './encoding.ts';
import { FLATTEN } from './flatten.ts';
import { HASHES } from './hash/hashes.ts';
import { IDS } from './ids.ts';
import { LAMBDAS } from './lambdas.ts';
import { LISTS } from './lists.ts';
import { NETWORKS } from './network.ts';
import { GROK } from './parse/grok.ts';
import { PARSERS } from './parse/parse.ts';
import { FORMAT } from './text/format.ts';
import { REPLACERS } from './text/replace.ts';
import { TEXTS } from './text/text.ts';
import { TIMES } from './time/times.ts';
import { TYPES } from './types.ts';
import { USER_AGENT } from './user-agent/user-agent.ts';
import { XML } from './xml/xml.ts';

const CONVERTERS: readonly (readonly FunctionDefinition[])[] = [
  ENCODINGS,
  FORMAT,
  GROK,
  HASHES,
  IDS,
  LAMBDAS,
  LISTS,
  NETWORKS,
  PARSERS,
  TEXTS,
  TIMES,
  TYPES,
  USER_AGENT,
  XML,
];

/** The converters available to every component. Conditions cannot use editors. */
export const STANDARD_CONVERTERS: FunctionTable = functionTable(...CONVERTERS);

/** The editors and converters available to every component. */
export const STANDARD_FUNCTIONS: FunctionTable = functionTable(EDITORS, FLATTEN, REPLACERS, ...CONVERTERS);
