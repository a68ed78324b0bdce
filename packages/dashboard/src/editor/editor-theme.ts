import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** Colors of code. They are the page's tokens, so that both themes are the same style sheet. */
export const editorHighlights = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--syn-keyword)' },
  { tag: [tags.function(tags.variableName), tags.standard(tags.name)], color: 'var(--syn-fn)' },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: 'var(--syn-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--syn-number)' },
  { tag: [tags.labelName, tags.propertyName, tags.attributeName], color: 'var(--syn-label)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--syn-comment)' },
  { tag: tags.special(tags.variableName), color: 'var(--syn-number)' },
]);

/** The editor's look. */
export const editorTheme = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--surface-inset)', color: 'var(--text)', fontSize: '12px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: 'var(--font-mono)',
    lineHeight: '20px',
    fontVariantLigatures: 'none',
    letterSpacing: '-0.01em',
  },
  '.cm-content': { padding: '8px 16px 8px 8px', caretColor: 'var(--accent)' },
  '.cm-line': { padding: '0' },
  '.cm-gutters': {
    backgroundColor: 'var(--surface-inset)',
    color: 'var(--text-3)',
    border: 'none',
    minWidth: '36px',
    paddingLeft: '8px',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter': { backgroundColor: 'var(--surface-hover)' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--accent-tint)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--surface-active)',
    outline: '1px solid var(--line-control)',
  },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'transparent', color: 'inherit' },
  '.cm-errorLine, &.cm-focused .cm-errorLine': {
    backgroundColor: 'var(--error-tint)',
    boxShadow: 'inset 2px 0 var(--error-fill)',
  },
  '.cm-errorAt': { textDecoration: 'underline wavy var(--error)', textUnderlineOffset: '3px' },
  '.cm-errorText': {
    display: 'flex',
    gap: '12px',
    alignItems: 'baseline',
    padding: '6px 0 8px 12px',
    borderLeft: '2px solid var(--error-fill)',
    fontFamily: 'var(--font-ui)',
    whiteSpace: 'pre-wrap',
  },
  '.cm-errorText .at': { color: 'var(--error)', fontFamily: 'var(--font-mono)', whiteSpace: 'nowrap' },
  '.cm-errorText .what': { color: 'var(--text)', fontWeight: '530' },
  '.cm-tooltip': {
    background: 'var(--surface-raised)',
    color: 'var(--text)',
    border: 'none',
    borderRadius: '6px',
    boxShadow: 'var(--shadow-popover)',
    zIndex: 'var(--z-popover)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--font-mono)',
    fontSize: '12px',
    maxHeight: '240px',
    padding: '4px',
    minWidth: '280px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    height: '22px',
    padding: '0 8px',
    borderRadius: '4px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent-tint)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)', fontWeight: '600' },
  '.cm-completionDetail': {
    marginLeft: 'auto',
    paddingLeft: '16px',
    fontStyle: 'normal',
    color: 'var(--text-3)',
    maxWidth: '220px',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  },
  '.cm-completionInfo': {
    padding: '8px 12px',
    fontFamily: 'var(--font-ui)',
    fontSize: '12px',
    lineHeight: '16px',
    color: 'var(--text-2)',
  },
  '.kind': {
    width: '16px',
    textAlign: 'center',
    fontSize: '10px',
    lineHeight: '14px',
    color: 'var(--text-3)',
    border: '1px solid var(--line-strong)',
    borderRadius: '2px',
    flex: 'none',
  },
});
