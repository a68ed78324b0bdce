import { COLUMNS, type Panel, type PanelRepeat } from './board.ts';

/** A panel as it is shown. */
export type ShownPanel = Panel & {
  /** Values of the variables for which it is repeated. */
  readonly scope?: Readonly<Record<string, string>> | undefined;
};

/** Values beyond this number are not shown. */
const MAX_VALUES = 40;
const MIN_WIDTH = 2;

/** Repeats panels, and rows with their panels, for the chosen values of their variables. */
export function expandRepeats(
  panels: readonly Panel[],
  valuesOf: (variable: string) => readonly string[],
): readonly ShownPanel[] {
  if (panels.every(({ repeat }) => repeat === undefined)) return panels;
  const ordered = panels.toSorted((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
  let offset = 0;
  return sectionsOf(ordered).flatMap((section) => {
    const [head] = section;
    const top = head?.place.y ?? 0;
    const bottom = section.reduce((max, { place }) => Math.max(max, place.y + place.h), top);
    const values = head?.kind === 'row' && head.repeat !== undefined ? valuesFor(head.repeat, valuesOf) : [undefined];
    const copies = values.flatMap((value, copy) =>
      section.flatMap((panel) => {
        const scope = head?.repeat !== undefined && value !== undefined ? { [head.repeat.variable]: value } : undefined;
        const shown = scoped(panel, scope, copy === 0 ? '' : `~${copy}`, offset + copy * (bottom - top));
        return panel.kind === 'row' ? [shown] : repeated(shown, valuesOf);
      }),
    );
    offset += (values.length - 1) * (bottom - top);
    return copies;
  });
}

function sectionsOf(panels: readonly Panel[]): readonly (readonly Panel[])[] {
  const sections: Panel[][] = [];
  for (const panel of panels) {
    const last = sections.at(-1);
    if (panel.kind === 'row' || last === undefined) sections.push([panel]);
    else last.push(panel);
  }
  return sections;
}

function repeated(panel: ShownPanel, valuesOf: (variable: string) => readonly string[]): readonly ShownPanel[] {
  const { repeat, place } = panel;
  if (repeat === undefined) return [panel];
  const values = valuesFor(repeat, valuesOf);
  const perRow = repeat.direction === 'down' ? 1 : Math.min(values.length, repeat.perRow);
  const w = repeat.direction === 'down' ? place.w : Math.max(MIN_WIDTH, Math.floor(COLUMNS / perRow));
  return values.map((value, copy) => {
    const scope = { ...panel.scope, ...(value !== undefined && { [repeat.variable]: value }) };
    const shown = scoped({ ...panel, title: panel.title }, scope, copy === 0 ? '' : `~${copy}`, 0);
    const column = Math.min(COLUMNS - w, (copy % perRow) * w);
    const y = place.y + Math.floor(copy / perRow) * place.h;
    return { ...shown, place: { ...place, w, x: repeat.direction === 'down' ? place.x : column, y } };
  });
}

/** Returns the values, or one of none, so that a panel whose variable has no values is still shown. */
function valuesFor(
  { variable }: PanelRepeat,
  valuesOf: (variable: string) => readonly string[],
): readonly (string | undefined)[] {
  const values = valuesOf(variable).slice(0, MAX_VALUES);
  return values.length === 0 ? [undefined] : values;
}

function scoped(panel: ShownPanel, scope: ShownPanel['scope'], suffix: string, offset: number): ShownPanel {
  const { place } = panel;
  return {
    ...panel,
    id: `${panel.id}${suffix}`,
    title: Object.entries(scope ?? {}).reduce((title, [name, value]) => withValue(title, name, value), panel.title),
    place: { ...place, y: place.y + offset },
    ...(scope !== undefined && { scope }),
  };
}

/** Replaces `$name`, `${name}` and `[[name]]`. */
function withValue(title: string, name: string, value: string): string {
  return title.replace(new RegExp(`\\$\\{${name}(?::\\w+)?\\}|\\[\\[${name}\\]\\]|\\$${name}\\b`, 'g'), () => value);
}
