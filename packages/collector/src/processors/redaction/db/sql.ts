import { type Dialect, DOLLAR_FUNCTION, SqlLexer } from './sql-lexer.ts';
import { trimSpaces } from './trim-spaces.ts';

const PLACEHOLDER = '?';

/** Replaces the literals in a SQL statement, and digits in table and column names, with `?`. */
export function obfuscateSql(statement: string, dialect: Dialect): string {
  return trimSpaces(obfuscate(Buffer.from(statement), dialect).toString());
}

function obfuscate(bytes: Buffer, dialect: Dialect): Buffer {
  const lexer = new SqlLexer(bytes, dialect);
  const parts: Buffer[] = [];
  for (let kind = lexer.next(); kind !== 'end'; kind = lexer.next()) {
    const token = bytes.subarray(lexer.start, lexer.end);
    if (kind === 'literal') parts.push(Buffer.from(PLACEHOLDER));
    else if (kind === 'dollarFunction') parts.push(obfuscateFunction(token, dialect));
    else if (kind === 'identifier' && lexer.hasDigits) parts.push(withoutDigits(token));
    else parts.push(token);
  }
  return Buffer.concat(parts);
}

function obfuscateFunction(token: Buffer, dialect: Dialect): Buffer {
  const { length } = DOLLAR_FUNCTION;
  const body = obfuscateSql(token.toString('utf8', length, token.length - length), dialect);
  return Buffer.from(`${DOLLAR_FUNCTION}${body}${DOLLAR_FUNCTION}`);
}

function withoutDigits(token: Buffer): Buffer {
  return Buffer.from(token.toString().replace(/\d+/g, PLACEHOLDER));
}
