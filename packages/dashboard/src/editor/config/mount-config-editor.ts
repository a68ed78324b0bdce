import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  completionStatus,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentUnit, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { completionIcons } from '../completion-icons.ts';
import { editorHighlights, editorTheme } from '../editor-theme.ts';
import { completeConfig } from './complete-config.ts';
import { type ConfigMarks, configMarks, type MarkTexts, setMarks } from './config-marks.ts';
import { configTheme } from './config-theme.ts';
import { yamlTokens } from './yaml-tokens.ts';

/** Options of an editor of the configuration. */
export interface ConfigEditorOptions {
  readonly label: string;
  readonly value: string;
  readonly readOnly: boolean;
  readonly texts: MarkTexts;
  readonly onChange: (value: string) => void;
  readonly onCursor: (line: number, column: number) => void;
  readonly onApply: () => void;
  readonly onNext: () => void;
}

/** A mounted editor of the configuration. */
export interface ConfigEditorHandle {
  setValue(value: string): void;
  setMarks(marks: ConfigMarks): void;
  setReadOnly(readOnly: boolean): void;
  /** Moves the focus into the editor, and the cursor to a place. */
  focus(line?: number, column?: number): void;
  destroy(): void;
}

const yaml = StreamLanguage.define(yamlTokens);

/** Mounts an editor in a shadow root, as `mountEditor` does. */
export function mountConfigEditor(host: HTMLElement, options: ConfigEditorOptions): ConfigEditorHandle {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: true });
  const readOnly = new Compartment();
  const readOnlyOf = (on: boolean) => [EditorState.readOnly.of(on), EditorView.editable.of(!on)];
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.value,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: 'Mod-s', run: () => done(options.onApply), preventDefault: true },
            { key: 'F8', run: () => done(options.onNext), preventDefault: true },
            { key: 'Tab', run: acceptCompletion },
            { key: 'Escape', run: leave },
          ]),
        ),
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        EditorView.lineWrapping,
        closeBrackets(),
        indentUnit.of('  '),
        autocompletion({
          icons: false,
          addToOptions: [completionIcons],
          override: [completeConfig],
          activateOnTypingDelay: 60,
          interactionDelay: 0,
        }),
        yaml,
        syntaxHighlighting(editorHighlights),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, indentWithTab]),
        editorTheme,
        configTheme,
        configMarks(options.texts),
        readOnly.of(readOnlyOf(options.readOnly)),
        EditorView.contentAttributes.of({
          'aria-label': options.label,
          spellcheck: 'false',
          autocorrect: 'off',
          autocapitalize: 'off',
        }),
        EditorView.updateListener.of(({ docChanged, selectionSet, state }) => {
          if (docChanged) options.onChange(state.doc.toString());
          if (!docChanged && !selectionSet) return;
          const { head } = state.selection.main;
          const line = state.doc.lineAt(head);
          options.onCursor(line.number, head - line.from + 1);
        }),
      ],
    }),
  });
  return {
    setValue(text) {
      // The editor has one kind of line ends.
      const value = text.replaceAll('\r\n', '\n');
      if (view.state.doc.toString() === value) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
    },
    setMarks: (marks) => view.dispatch({ effects: setMarks.of(marks) }),
    setReadOnly: (on) => view.dispatch({ effects: readOnly.reconfigure(readOnlyOf(on)) }),
    focus(line, column = 1) {
      view.focus();
      if (line === undefined) return;
      const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
      view.dispatch({ selection: { anchor: Math.min(at.to, at.from + column - 1) }, scrollIntoView: true });
    },
    destroy: () => view.destroy(),
  };
}

function done(run: () => void): boolean {
  run();
  return true;
}

/** Closes the completions, or leaves the editor, so that the page's keys work. */
function leave(view: EditorView): boolean {
  if (completionStatus(view.state) !== null) return closeCompletion(view);
  view.contentDOM.blur();
  return true;
}
