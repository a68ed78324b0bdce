import type { StanzaCase } from './case.ts';
import { PARSER_CASES } from './parser-cases.ts';
import { RECORD_CASES } from './record-cases.ts';
import { TEXT_CASES } from './text-cases.ts';
import { TRANSFORMER_CASES } from './transformer-cases.ts';

/** All cases that are compared with the Collector. */
export const CASES: readonly StanzaCase[] = [...PARSER_CASES, ...RECORD_CASES, ...TRANSFORMER_CASES, ...TEXT_CASES];
