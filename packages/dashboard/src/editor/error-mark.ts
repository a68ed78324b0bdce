import { type EditorState, type Range, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view';
import { t } from '../locale/t.ts';
import type { EditorMark } from './contract.ts';

/** Shows an error at its position, or removes it. */
export const setErrorMark = StateEffect.define<EditorMark | undefined>();

/** The error of the last run: its line, the token, and below the line what is wrong. It disappears with the next edit. */
export const errorMark = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    let next = transaction.docChanged ? Decoration.none : shown;
    for (const effect of transaction.effects) {
      if (effect.is(setErrorMark)) {
        next = effect.value === undefined ? Decoration.none : decorationsOf(transaction.state, effect.value);
      }
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function decorationsOf(state: EditorState, { offset, message }: EditorMark): DecorationSet {
  const at = Math.min(state.doc.length, Math.max(0, offset));
  const line = state.doc.lineAt(at);
  const column = at - line.from + 1;
  const token = /^(?:[\w.]+|\S)/.exec(line.text.slice(column - 1))?.[0].length ?? 0;
  // At the end of the line, the last character is marked.
  const from = token === 0 ? Math.max(line.from, at - 1) : at;
  const to = token === 0 ? at : at + token;
  const marks: Range<Decoration>[] = [Decoration.line({ class: 'cm-errorLine' }).range(line.from)];
  if (to > from) marks.push(Decoration.mark({ class: 'cm-errorAt' }).range(from, to));
  const text = new ErrorText(t('line {line}, column {column}', { line: line.number, column }), message);
  marks.push(Decoration.widget({ widget: text, block: true, side: 1 }).range(line.to));
  return Decoration.set(marks, true);
}

class ErrorText extends WidgetType {
  readonly #where: string;
  readonly #message: string;

  constructor(where: string, message: string) {
    super();
    this.#where = where;
    this.#message = message;
  }

  override eq(other: ErrorText): boolean {
    return other.#where === this.#where && other.#message === this.#message;
  }

  override toDOM(): HTMLElement {
    const box = document.createElement('div');
    box.className = 'cm-errorText';
    for (const [name, text] of [
      ['at', this.#where],
      ['what', this.#message],
    ] as const) {
      const part = document.createElement('span');
      part.className = name;
      part.textContent = text;
      box.append(part);
    }
    return box;
  }
}
