import { trimSpaces } from './trim-spaces.ts';

const PLACEHOLDER = '?';

/** Replaces the values in Redis commands, one per line, with `?`. Commands, keys and options are kept. */
export function obfuscateRedis(commands: string): string {
  return new RedisTokens(trimSpaces(commands))
    .commands()
    .map(([command = '', ...args]) => [command, ...hideValues(command.toUpperCase(), args)].join(' '))
    .join('\n');
}

/** Argument position of the value, by command. */
const VALUE_AT: Readonly<Record<string, number>> = Object.fromEntries([
  ...'APPEND GETSET LPUSHX GEORADIUSBYMEMBER RPUSHX SET SETNX SISMEMBER ZRANK ZREVRANK ZSCORE'
    .split(' ')
    .map((command) => [command, 1]),
  ...'HSETNX LREM LSET SETBIT SETEX PSETEX SETRANGE ZINCRBY SMOVE RESTORE'.split(' ').map((command) => [command, 2]),
  ['LINSERT', 3],
]);

/** Commands in which all arguments after the first are values. */
const VALUES_AFTER_KEY = new Set('GEOHASH GEOPOS GEODIST LPUSH RPUSH SREM ZREM SADD'.split(' '));

/**
 * Commands with a repeated argument group: the position of the first group, and its length. The last argument in a
 * group is a value.
 */
const REPEATED: Readonly<Record<string, readonly [start: number, length: number]>> = {
  GEOADD: [1, 3],
  HSET: [1, 2],
  HMSET: [1, 2],
  MSET: [0, 2],
  MSETNX: [0, 2],
};

function hideValues(command: string, args: string[]): string[] {
  if (args.length === 0) return args;
  if (command === 'AUTH') return [PLACEHOLDER];
  if (VALUES_AFTER_KEY.has(command)) return args.length > 1 ? [args[0] as string, PLACEHOLDER] : args;
  const at = Object.hasOwn(VALUE_AT, command) ? VALUE_AT[command] : undefined;
  if (at !== undefined) return hideAt(args, at);
  const repeated = Object.hasOwn(REPEATED, command) ? REPEATED[command] : undefined;
  if (repeated !== undefined) return hideEach(args, ...repeated);
  if (command === 'CONFIG') return args[0]?.toUpperCase() === 'SET' ? hideAt(args, 2) : args;
  if (command === 'BITFIELD') return hideBits(args);
  if (command === 'ZADD') return hideEach(args, firstScore(args), 2);
  return args;
}

function hideAt(args: string[], at: number): string[] {
  return args.map((arg, index) => (index === at ? PLACEHOLDER : arg));
}

function hideEach(args: string[], start: number, length: number): string[] {
  return args.map((arg, index) => {
    const offset = index - start + 1;
    return offset > 0 && offset % length === 0 ? PLACEHOLDER : arg;
  });
}

/** Masks the value in the first `SET type offset value`. */
function hideBits(args: string[]): string[] {
  let set = 0;
  for (const [index, arg] of args.entries()) {
    if (arg.toUpperCase() === 'SET') set = index;
    if (set > 0 && index - set === 3) return hideAt(args, index);
  }
  return args;
}

const ZADD_OPTIONS = new Set(['NX', 'XX', 'CH', 'INCR']);

/** Returns the position of the first score in `ZADD key [options] score member …`. */
function firstScore(args: readonly string[]): number {
  const at = args.findIndex((arg, index) => index > 0 && !ZADD_OPTIONS.has(arg));
  return at < 0 ? args.length - 1 : at;
}

/** Splits lines into a command and its arguments. Quoted arguments can contain spaces and line breaks. */
class RedisTokens {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  commands(): string[][] {
    const commands: string[][] = [];
    let isCommand = true;
    do {
      if (isCommand) {
        const { token, endsLine } = this.#command();
        commands.push([token]);
        isCommand = endsLine;
      } else {
        const { token, endsLine } = this.#argument();
        commands.at(-1)?.push(token);
        isCommand = endsLine;
      }
    } while (this.#at < this.#text.length);
    return commands.filter(([command], index) => command !== '' || index === commands.length - 1);
  }

  #command(): { token: string; endsLine: boolean } {
    let token = '';
    let hasStarted = false;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at++] as string;
      if (character === '\n') return { token, endsLine: true };
      if (character !== ' ') token += character;
      else {
        const endsLine = this.#skipSpaces();
        if (hasStarted) return { token, endsLine };
      }
      hasStarted = true;
    }
    return { token, endsLine: true };
  }

  #argument(): { token: string; endsLine: boolean } {
    let token = '';
    let isQuoted = false;
    let isEscaped = false;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at++] as string;
      if (!isQuoted && character === '\n') return { token, endsLine: true };
      if (!isQuoted && character === ' ') return { token, endsLine: this.#skipSpaces() };
      token += character;
      if (character === '"' && !isEscaped) isQuoted = !isQuoted;
      isEscaped = character === '\\' && !isEscaped;
    }
    return { token, endsLine: false };
  }

  /** Skips spaces and the line break that follows them. Returns whether there was one. */
  #skipSpaces(): boolean {
    while (/[ \t\r]/.test(this.#text[this.#at] ?? '')) this.#at++;
    if (this.#text[this.#at] !== '\n') return false;
    this.#at++;
    return true;
  }
}
