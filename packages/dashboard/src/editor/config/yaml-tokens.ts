import type { StreamParser, StringStream } from '@codemirror/language';

interface State {
  /** The quote of the string that the position is in. */
  quote: string;
  /** Indentation of the key whose value is a block of text, and whether it began on this line. */
  block: number | undefined;
  lineIndent: number;
}

/** Highlights YAML. It never rejects a text; the server decides what is valid. */
export const yamlTokens: StreamParser<State> = {
  startState: () => ({ quote: '', block: undefined, lineIndent: 0 }),
  token(stream, state) {
    if (stream.sol()) {
      state.lineIndent = stream.indentation();
      if (state.block !== undefined) {
        if (state.lineIndent > state.block) {
          stream.skipToEnd();
          return 'string';
        }
        state.block = undefined;
      }
    }
    if (state.quote !== '') return readString(stream, state);
    if (stream.eatSpace()) return null;
    if (stream.match('#')) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match(/^(?:[^\s#"'[\]{},&*|>-][^#"'[\]{},]*?|"[^"]*"|'[^']*')(?=\s*:(?:\s|$))/)) return 'propertyName';
    if (stream.match(/^["']/)) {
      state.quote = stream.current();
      return readString(stream, state);
    }
    if (stream.match(/^[|>][+-]?\d?\s*$/)) {
      state.block = state.lineIndent;
      return 'keyword';
    }
    if (stream.match(/^\$\{[^}]*\}/)) return 'variableName.special';
    if (stream.match(/^\d[\d._]*(?:ns|us|µs|ms|[smhd]|[KMGT]?i?B|%)?(?=[\s,\]}]|$)/)) return 'number';
    if (stream.match(/^(?:true|false|null|~)(?=[\s,\]}]|$)/)) return 'bool';
    if (stream.match(/^[&*][\w-]+/)) return 'labelName';
    if (stream.match(/^[[\]{},:-](?=\s|$|[[\]{},"'\w])/)) return 'punctuation';
    if (!stream.match(/^[^\s[\]{},#"']+/)) stream.next();
    return 'string';
  },
};

function readString(stream: StringStream, state: State): string {
  while (!stream.eol()) {
    const next = stream.next();
    if (next === '\\' && state.quote === '"') stream.next();
    else if (next === state.quote) {
      state.quote = '';
      break;
    }
  }
  return 'string';
}
