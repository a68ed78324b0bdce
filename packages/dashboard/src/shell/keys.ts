import { useEffect, useRef, useSyncExternalStore } from 'react';

/** A key binding. */
export interface KeyBinding {
  /**
   * The key as in `KeyboardEvent.key`: `j`, `Enter`. `g o` is a sequence of two keys. `Ctrl k` and `Alt 1` also work
   * while typing.
   */
  readonly press: string;
  /** Description for the shortcut list. */
  readonly does: string;
  /** Short label for the status bar. Without it, the key appears only in the shortcut list. */
  readonly hint?: string | undefined;
  /** The keys of a combined hint, such as `['J', 'K']`. */
  readonly shown?: readonly string[] | undefined;
  readonly run: (event: KeyboardEvent) => void;
}

interface Layer {
  readonly title: string;
  readonly level: KeyLevel;
  readonly bindings: readonly KeyBinding[];
}

/** Layers, bottom first. The topmost layer that binds a key handles it. */
const LEVELS = ['page', 'view', 'detail', 'inner', 'float'] as const;
export type KeyLevel = (typeof LEVELS)[number];

const SEQUENCE_MILLIS = 1500;
const layers = new Map<symbol, Layer>();
const listeners = new Set<() => void>();
let list: readonly Layer[] = [];
let prefix: { readonly key: string; readonly until: number } | undefined;

/** Binds keys while the component is mounted. Letter keys do not fire while the user is typing. */
export function useKeys(title: string, bindings: readonly KeyBinding[], level: KeyLevel = 'view'): void {
  const current = useRef(bindings);
  current.current = bindings;
  const id = useRef(Symbol(title));
  const signature = bindings.map(({ press, does, hint }) => `${press}|${does}|${hint ?? ''}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature represents the bindings, whose functions change on every render
  useEffect(() => {
    const own = current.current.map((binding, index) => ({
      ...binding,
      run: (event: KeyboardEvent) => current.current[index]?.run(event),
    }));
    layers.set(id.current, { title, level, bindings: own });
    announce();
  }, [title, level, signature]);
  useEffect(() => {
    const own = id.current;
    return () => {
      layers.delete(own);
      announce();
    };
  }, []);
}

/** Returns all active key bindings. */
export function useBoundKeys(): readonly { readonly title: string; readonly bindings: readonly KeyBinding[] }[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => list,
  );
}

/** Reports whether the focused element accepts text input. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select, [data-typing]'))
  );
}

/** Attribute of the selected row of a list. */
export const SELECTED_ROW = 'data-selected-row';

/** Returns whether an element is the selected row of a list, which the space bar does not press. */
export function isSelectedRow(target: EventTarget | null): boolean {
  return target instanceof Element && target.hasAttribute(SELECTED_ROW);
}

/** Runs the binding for a key. Called for every unhandled key event. */
export function dispatchKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const press = pressOf(event);
  if (press === undefined) return;
  const binding = find(press, event);
  if (binding === undefined) return;
  event.preventDefault();
  binding.run(event);
}

function find(press: string, event: KeyboardEvent): KeyBinding | undefined {
  const typing = isTyping(event.target);
  // Text typed while the palette loads triggers no shortcuts.
  if (document.querySelector('dialog[open], [data-floating]') !== null) return undefined;
  if (typing && press !== 'Escape' && !/^(?:Ctrl|Alt) /.test(press)) return undefined;
  if (
    (press === ' ' || press === 'Enter') &&
    event.target instanceof Element &&
    event.target.closest('button, a, summary, [role=radio], [role=option]') !== null &&
    !(press === ' ' && isSelectedRow(event.target))
  )
    return undefined;
  const sequence = prefix !== undefined && prefix.until > event.timeStamp ? `${prefix.key} ${press}` : undefined;
  prefix = undefined;
  const all = list.flatMap((layer) => layer.bindings);
  const found = all.findLast((binding) => binding.press === (sequence ?? press));
  if (found === undefined && all.some((binding) => binding.press.startsWith(`${press} `)))
    prefix = { key: press, until: event.timeStamp + SEQUENCE_MILLIS };
  return found;
}

function pressOf(event: KeyboardEvent): string | undefined {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return event.altKey ? undefined : `Ctrl ${key}`;
  // With Alt, some systems type other characters.
  return event.altKey ? `Alt ${/^(?:Digit|Key)(.)$/.exec(event.code)?.[1]?.toLowerCase() ?? key}` : key;
}

function announce(): void {
  list = [...layers.values()].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  for (const listener of listeners) listener();
}
