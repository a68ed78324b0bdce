import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  completionStatus,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import type { Language } from '../query/languages.ts';
import { completionIcons } from './completion-icons.ts';
import type { CompletionRange, EditorMark } from './contract.ts';
import { editorHighlights, editorTheme } from './editor-theme.ts';
import { errorMark, setErrorMark } from './error-mark.ts';
import { languageSupport } from './language-support.ts';

/** Options of an editor. */
export interface EditorOptions {
  readonly label: string;
  readonly language: Language;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
  readonly range: () => CompletionRange;
}

/** A mounted editor. */
export interface EditorHandle {
  setValue(value: string): void;
  setLanguage(language: Language): void;
  setMark(mark: EditorMark | undefined): void;
  /** Moves the focus into the editor, and the cursor to an offset. */
  focus(offset?: number): void;
  destroy(): void;
}

/**
 * Mounts an editor in a shadow root. There, CodeMirror adopts style sheets that it constructs, which the Content Security
 * Policy permits, instead of adding style elements.
 */
export function mountEditor(host: HTMLElement, options: EditorOptions): EditorHandle {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: true });
  const language = new Compartment();
  let current = options.language;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.value,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: 'Mod-Enter', run: () => submit(options) },
            { key: 'Tab', run: acceptCompletion },
            { key: 'Escape', run: (editor) => leave(editor) },
          ]),
        ),
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        closeBrackets(),
        EditorView.lineWrapping,
        // With a delay, a key that is pressed early is not taken, and Tab leaves the editor.
        autocompletion({
          icons: false,
          addToOptions: [completionIcons],
          activateOnTypingDelay: 60,
          interactionDelay: 0,
        }),
        syntaxHighlighting(editorHighlights),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
        editorTheme,
        errorMark,
        language.of(languageSupport(options.language, options.range)),
        EditorView.contentAttributes.of({
          'aria-label': options.label,
          spellcheck: 'false',
          autocorrect: 'off',
          autocapitalize: 'off',
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setValue(value) {
      if (view.state.doc.toString() === value) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
    },
    setLanguage(next) {
      if (next === current) return;
      current = next;
      view.dispatch({ effects: language.reconfigure(languageSupport(next, options.range)) });
    },
    setMark: (mark) => view.dispatch({ effects: setErrorMark.of(mark) }),
    focus(offset) {
      view.focus();
      const anchor = Math.min(view.state.doc.length, offset ?? view.state.doc.length);
      view.dispatch({ selection: { anchor }, scrollIntoView: true });
    },
    destroy: () => view.destroy(),
  };
}

function submit({ onRun }: EditorOptions): boolean {
  onRun();
  return true;
}

/** Closes the completions, or leaves the editor, so that the page's keys work. */
function leave(view: EditorView): boolean {
  if (completionStatus(view.state) !== null) return closeCompletion(view);
  view.contentDOM.blur();
  return true;
}
