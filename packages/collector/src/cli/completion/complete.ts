import type { Argument, Command, Option } from 'commander';
import { splitArgs } from './split-args.ts';

/** A possible continuation of a command line. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** The continuations of a command line. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What the shell adds from the file system. */
  readonly paths?: 'files' | 'directories' | undefined;
}

/** Values that come from the running process. */
export type LiveValues = 'component' | 'edge' | 'pipeline';

/** Returns the values of a kind. Resolves quickly, with nothing if no process runs. */
export type ReadLive = (kind: LiveValues, url: string | undefined) => Promise<readonly string[]>;

const NOTHING: Completion = { candidates: [] };

/** Returns the continuations of a command line, which ends at the cursor. */
export async function complete(otelier: Command, line: string, readLive: ReadLive): Promise<Completion> {
  const args = splitArgs(line);
  const started = args.findIndex((arg) => /(^|[/\\])otelier(\.js)?$/.test(arg));
  const current = args.at(-1) ?? '';
  const position = new Position(otelier, args.slice(started + 1, -1));
  if (position.isForeign) return NOTHING;
  const live = (kind: LiveValues) => readLive(kind, position.values.get('url'));
  if (position.awaited !== undefined) return startingWith(current, await valuesOf(position.awaited, live));
  const [, flag = '', prefix = ''] = /^(--[\w-]+)=(.*)$/.exec(current) ?? [];
  const option = flag === '' ? undefined : optionOf(position.command, flag);
  if (option !== undefined) {
    const { candidates, paths } = startingWith(prefix, await valuesOf(option, live));
    return { candidates: candidates.map((one) => ({ ...one, value: `${flag}=${one.value}` })), paths };
  }
  if (current.startsWith('-')) return startingWith(current, { candidates: optionsOf(position) });
  return startingWith(current, await argumentsOf(position, otelier, live));
}

/** Where a command line is after some complete arguments. */
class Position {
  command: Command;
  /** The option whose value comes next. */
  awaited: Option | undefined;
  readonly used = new Set<string>();
  readonly values = new Map<string, string>();
  readonly positionals: string[] = [];
  /** Whether the arguments belong to the command line of an application: `otelier run -- node app.js`. */
  isForeign = false;

  constructor(otelier: Command, args: readonly string[]) {
    this.command = otelier;
    for (const arg of args) this.#add(arg);
    this.isForeign ||= this.positionals.length > 0 && this.command.registeredArguments.at(0)?.name() === 'command';
  }

  #add(arg: string): void {
    if (this.awaited !== undefined) {
      this.values.set(this.awaited.attributeName(), arg);
      this.awaited = undefined;
    } else if (arg === '--') {
      this.isForeign = true;
    } else if (arg.startsWith('-')) {
      this.#option(arg);
    } else {
      const next = this.positionals.length > 0 ? undefined : this.command.commands.find((one) => one.name() === arg);
      if (next !== undefined) this.command = next;
      else this.positionals.push(arg);
    }
  }

  #option(arg: string): void {
    const [flag = '', value] = arg.split('=', 2);
    const option = optionOf(this.command, flag);
    if (option === undefined) return;
    this.used.add(option.attributeName());
    if (value !== undefined) this.values.set(option.attributeName(), value);
    else if (option.required || option.optional) this.awaited = option;
  }
}

function optionOf(command: Command, flag: string): Option | undefined {
  return command
    .createHelp()
    .visibleOptions(command)
    .find((option) => option.long === flag || option.short === flag);
}

/** Returns the options that can still be given. */
function optionsOf({ command, used }: Position): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => !used.has(option.attributeName()) || Array.isArray(option.defaultValue))
    .flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));
}

async function argumentsOf(
  { command, positionals }: Position,
  otelier: Command,
  live: (kind: LiveValues) => Promise<readonly string[]>,
): Promise<Completion> {
  if (command.name() === 'help') {
    let topic = otelier;
    for (const arg of positionals) topic = topic.commands.find((one) => one.name() === arg) ?? topic;
    const topics = positionals.length === 0 ? [{ value: 'exit-codes', description: 'the exit codes' }] : [];
    return { candidates: [...subcommandsOf(topic), ...topics] };
  }
  if (command.commands.length > 0 && positionals.length === 0) return { candidates: subcommandsOf(command) };
  const { registeredArguments: all } = command;
  const argument = all[positionals.length] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  return argument === undefined ? NOTHING : await valuesOf(argument, live);
}

function subcommandsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ value: one.name(), description: one.description() }));
}

/** Returns the values of an option or argument: its choices, or what the name of its value stands for. */
async function valuesOf(
  option: Option | Argument,
  live: (kind: LiveValues) => Promise<readonly string[]>,
): Promise<Completion> {
  const choices = option.argChoices;
  if (choices !== undefined) return { candidates: choices.map((value) => ({ value, description: '' })) };
  const name = 'flags' in option ? (/[<[]([\w-]+)/.exec(option.flags)?.[1] ?? '') : option.name();
  if (/^(source|file|files)$/.test(name)) return { candidates: [], paths: 'files' };
  if (/^(dir|directory)$/.test(name)) return { candidates: [], paths: 'directories' };
  const kind = LIVE.find((one) => one === name);
  if (kind === undefined) return NOTHING;
  return { candidates: (await live(kind)).map((value) => ({ value, description: '' })) };
}

const LIVE: readonly LiveValues[] = ['component', 'edge', 'pipeline'];

function startingWith(prefix: string, { candidates, paths }: Completion): Completion {
  return { candidates: candidates.filter(({ value }) => value.startsWith(prefix)), paths };
}
