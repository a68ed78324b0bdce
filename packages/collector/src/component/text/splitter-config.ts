import { patternField } from '../fields/pattern.ts';
import { z } from '../schema.ts';
import { type TextEncoding, textEncoding } from './encoding.ts';
import { PatternSplitter } from './pattern-splitter.ts';
import { LineSplitter, type Splitter, WholeSplitter } from './splitter.ts';

/** Returns the field for a text encoding. */
export function encodingField() {
  return z
    .string()
    .prefault('utf-8')
    .refine((name) => textEncoding(name) !== undefined, {
      error: 'expected the name of an encoding, such as "utf-8", "utf-16le", "gbk", "big5", or "nop" for bytes',
    })
    .describe('Encoding: a name of IANA such as `utf-8`, `utf-16le`, `gbk` or `big5`, or `nop` to keep the bytes.');
}

/** Returns the field that says how text is split into log records. */
export function multilineField() {
  return z
    .object({
      lineStartPattern: patternField('Regular expression that matches where a log record begins.'),
      lineEndPattern: patternField('Regular expression that matches where a log record ends.'),
      omitPattern: z.boolean().prefault(false).describe('Whether the matches are left out of the log records.'),
    })
    .prefault({})
    .refine(({ lineStartPattern, lineEndPattern }) => lineStartPattern === '' || lineEndPattern === '', {
      error: 'expected either line_start_pattern or line_end_pattern, got both',
    })
    .describe('How text is split into log records. Default: at line feeds.');
}

/** The fields that say whether white space around log records is kept. */
export const whitespaceFields = {
  preserveLeadingWhitespaces: z.boolean().prefault(false).describe('Whether white space before a log record is kept.'),
  preserveTrailingWhitespaces: z.boolean().prefault(false).describe('Whether white space after a log record is kept.'),
};

/** What `createSplitter` reads of a configuration. */
export interface SplitterConfig {
  readonly encoding: string;
  readonly multiline: z.output<ReturnType<typeof multilineField>>;
}

/** Returns the encoding of a configuration. Throws if it is unknown, which the schema has checked. */
export function encodingOf(name: string): TextEncoding {
  const encoding = textEncoding(name);
  if (encoding === undefined) throw new Error(`expected a known encoding, got "${name}"`);
  return encoding;
}

/** Creates the splitter of a configuration. With `flushesAtEnd`, the end ends the last log record. */
export function createSplitter({ encoding: name, multiline }: SplitterConfig, flushesAtEnd: boolean): Splitter {
  const encoding = encodingOf(name);
  const { lineStartPattern, lineEndPattern, omitPattern: omitsPattern } = multiline;
  if (encoding.isBinary) return new WholeSplitter();
  if (lineStartPattern !== '')
    return new PatternSplitter({ encoding, at: 'start', pattern: lineStartPattern, omitsPattern, flushesAtEnd });
  if (lineEndPattern !== '')
    return new PatternSplitter({ encoding, at: 'end', pattern: lineEndPattern, omitsPattern, flushesAtEnd });
  return new LineSplitter(encoding.newline, encoding.carriageReturn, flushesAtEnd);
}
