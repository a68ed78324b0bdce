import { type EditorState, type Extension, type Range, RangeSet, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  GutterMarker,
  gutterLineClass,
  WidgetType,
} from '@codemirror/view';

/** An error or warning of the server, and texts that would repair it. */
export interface ConfigMark {
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
  readonly repairs: readonly string[];
}

/** How a text differs from the running one. Lines begin at 1. */
export interface ConfigLines {
  readonly added: readonly number[];
  readonly changed: readonly number[];
  /** Removed lines, by the line before which they were; one more than the last line if they were at the end. */
  readonly removed: readonly { readonly before: number; readonly lines: readonly string[] }[];
}

/** What an editor marks. */
export interface ConfigMarks {
  readonly lines: ConfigLines;
  readonly diagnostics: readonly ConfigMark[];
}

/** Texts of the marks, in the language of the page. */
export interface MarkTexts {
  line(line: number): string;
  write(text: string): string;
  removed(count: number): string;
}

export const setMarks = StateEffect.define<ConfigMarks>();

/** Shows marks: lines that differ, removed lines, and below a line what is wrong in it, with buttons that repair it. */
export function configMarks(texts: MarkTexts): Extension {
  const decorations = StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(shown, transaction) {
      let next = shown.map(transaction.changes);
      for (const effect of transaction.effects)
        if (effect.is(setMarks)) next = decorationsOf(transaction.state, effect.value, texts);
      return next;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
  const gutters = StateField.define<RangeSet<GutterMarker>>({
    create: () => RangeSet.empty,
    update(shown, transaction) {
      let next = shown.map(transaction.changes);
      for (const effect of transaction.effects)
        if (effect.is(setMarks)) next = guttersOf(transaction.state, effect.value);
      return next;
    },
    provide: (field) => gutterLineClass.from(field),
  });
  return [decorations, gutters];
}

/** Returns the range of the word at the place of a mark. */
export function markedRange(state: EditorState, { line: number, column }: ConfigMark): { from: number; to: number } {
  const line = state.doc.line(Math.min(Math.max(1, number), state.doc.lines));
  const from = Math.min(line.to, line.from + Math.max(0, column - 1));
  const rest = line.text.slice(from - line.from);
  const word = /^(?:"[^"]*"|'[^']*'|[^#,\]}]*[^#,\]}\s])/.exec(rest)?.[0] ?? '';
  return { from, to: from + word.length };
}

function decorationsOf(state: EditorState, { lines, diagnostics }: ConfigMarks, texts: MarkTexts): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const { before, lines: removed } of lines.removed) {
    const isEnd = before > state.doc.lines;
    const line = state.doc.line(Math.min(before, state.doc.lines));
    const widget = new RemovedLines(removed, texts.removed(removed.length));
    ranges.push(Decoration.widget({ widget, block: true, side: isEnd ? 1 : -1 }).range(isEnd ? line.to : line.from));
  }
  for (const mark of diagnostics) {
    if (mark.line === 0 || mark.line > state.doc.lines) continue;
    const line = state.doc.line(mark.line);
    const { from, to } = markedRange(state, mark);
    const isError = mark.severity === 'error';
    if (isError) ranges.push(Decoration.line({ class: 'cm-errorLine' }).range(line.from));
    if (to > from) ranges.push(Decoration.mark({ class: isError ? 'cm-errorAt' : 'cm-warnAt' }).range(from, to));
    ranges.push(Decoration.widget({ widget: new Finding(mark, texts), block: true, side: 1 }).range(line.to));
  }
  return Decoration.set(ranges, true);
}

class LineMark extends GutterMarker {
  override readonly elementClass: string;

  constructor(name: string) {
    super();
    this.elementClass = name;
  }

  override eq(other: LineMark): boolean {
    return other.elementClass === this.elementClass;
  }
}

const ADDED = new LineMark('cm-added');
const CHANGED = new LineMark('cm-changed');

function guttersOf(state: EditorState, { lines: { added, changed } }: ConfigMarks): RangeSet<GutterMarker> {
  const marks = [...added.map((line) => ({ line, mark: ADDED })), ...changed.map((line) => ({ line, mark: CHANGED }))];
  const ranges = marks
    .filter(({ line }) => line >= 1 && line <= state.doc.lines)
    .map(({ line, mark }) => mark.range(state.doc.line(line).from));
  return RangeSet.of(ranges, true);
}

class RemovedLines extends WidgetType {
  readonly #lines: readonly string[];
  readonly #label: string;

  constructor(lines: readonly string[], label: string) {
    super();
    this.#lines = lines;
    this.#label = label;
  }

  override eq(other: RemovedLines): boolean {
    return other.#lines.join('\n') === this.#lines.join('\n');
  }

  override toDOM(): HTMLElement {
    const box = document.createElement('div');
    box.className = 'cm-removed';
    const label = document.createElement('span');
    label.className = 'cm-unseen';
    label.textContent = `${this.#label}: `;
    const text = document.createElement('del');
    text.textContent = this.#lines.slice(0, MAX_REMOVED).join('\n');
    box.append(label, text);
    if (this.#lines.length > MAX_REMOVED) box.append(`\n… ${this.#lines.length - MAX_REMOVED}`);
    return box;
  }
}

/** Number of removed lines that are shown in one place. */
const MAX_REMOVED = 30;

class Finding extends WidgetType {
  readonly #mark: ConfigMark;
  readonly #texts: MarkTexts;

  constructor(mark: ConfigMark, texts: MarkTexts) {
    super();
    this.#mark = mark;
    this.#texts = texts;
  }

  override eq(other: Finding): boolean {
    return JSON.stringify(other.#mark) === JSON.stringify(this.#mark);
  }

  override toDOM(view: EditorView): HTMLElement {
    const { line, severity, message, repairs, path } = this.#mark;
    const box = document.createElement('div');
    box.className = `cm-finding ${severity}`;
    const what = document.createElement('div');
    const at = document.createElement('span');
    at.className = 'at';
    at.textContent = this.#texts.line(line);
    what.append(at, ` ${message}`);
    const acts = document.createElement('div');
    acts.className = 'acts';
    for (const repair of repairs) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = this.#texts.write(repair);
      button.addEventListener('click', () => {
        const range = markedRange(view.state, this.#mark);
        view.dispatch({ changes: { ...range, insert: repair } });
        view.focus();
      });
      acts.append(button);
    }
    const place = document.createElement('span');
    place.className = 'path';
    place.textContent = path;
    acts.append(place);
    box.append(what, acts);
    return box;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
