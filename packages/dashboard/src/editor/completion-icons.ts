import type { Completion } from '@codemirror/autocomplete';

/** Letters of the kinds of completions. */
const LETTERS: Readonly<Record<string, string>> = {
  property: 'A',
  variable: 'C',
  class: 'R',
  function: 'F',
  keyword: 'K',
  text: 'V',
  constant: 'V',
  counter: 'C',
  gauge: 'G',
  histogram: 'H',
  summary: 'S',
};

/** Renders the kind of a completion as a letter in front of it. */
export const completionIcons = {
  position: 20,
  render(completion: Completion): Node {
    const mark = document.createElement('span');
    mark.className = 'kind';
    mark.setAttribute('aria-hidden', 'true');
    mark.textContent = LETTERS[completion.type ?? ''] ?? '·';
    return mark;
  },
};
