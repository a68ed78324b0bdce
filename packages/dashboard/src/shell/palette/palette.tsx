import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { rich, t } from '../../locale/t.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Keys } from '../../parts/keys.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { findEntries, type PaletteEntry } from './palette-entries.ts';
import { recentEntries, rememberEntry } from './recents.ts';
import { usePalette } from './use-palette.ts';

/** Searches views, services, routes, metrics, attributes, saved documents, settings and commands. A pasted trace ID opens the trace. */
export function Palette({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [recent] = useState(recentEntries);
  const found = findEntries(usePalette(query), query, recent);
  const at = Math.min(active, found.length - 1);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  });
  const run = (entry: PaletteEntry | undefined): void => {
    if (entry === undefined) return;
    onClose();
    rememberEntry(entry.id);
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setActive((at + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[at]);
    }
  };
  return (
    <Dialog label={t('Command palette')} onClose={onClose}>
      <div className="pal-in">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-label={t('Search or run a command')}
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={found[at] === undefined ? undefined : `${id} ${at}`.replaceAll(' ', '-')}
          placeholder={t('Search or jump to')}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Keys keys={['Esc']} />
      </div>
      <div ref={list} className="pal-list" role="listbox" id={id} aria-label={t('Results')} tabIndex={-1}>
        {groupsOf(found).map(({ group, entries }) => (
          <div key={group} role="group" aria-label={t(group)}>
            <div className="g" aria-hidden="true">
              {t(group)}
            </div>
            {entries.map(({ entry, index }) => (
              <Option
                key={entry.id}
                id={`${id} ${index}`.replaceAll(' ', '-')}
                entry={entry}
                query={query}
                selected={index === at}
                onPoint={() => setActive(index)}
                onRun={() => run(entry)}
              />
            ))}
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p className="groupname" role="status" style={{ paddingBottom: 12 }}>
          {rich('Nothing here is called “{query}”. Search for it in Traces or Logs with {key}', {
            query,
            key: <kbd>/</kbd>,
          })}
        </p>
      )}
      <div className="pal-foot">
        <span>
          <Keys keys={['↑', '↓']} />
          {t('move')}
        </span>
        <span>
          <Keys keys={['Enter']} />
          {t('open')}
        </span>
        <span className="push">{t('Paste a trace id to open it')}</span>
      </div>
    </Dialog>
  );
}

function Option({
  id,
  entry,
  query,
  selected,
  onPoint,
  onRun,
}: {
  readonly id: string;
  readonly entry: PaletteEntry;
  readonly query: string;
  readonly selected: boolean;
  readonly onPoint: () => void;
  readonly onRun: () => void;
}): ReactNode {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field keeps the focus and handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the field refers to it with aria-activedescendant
    <div
      id={id}
      role="option"
      aria-selected={selected}
      className="o"
      onPointerMove={onPoint}
      onPointerDown={(event) => event.preventDefault()}
      onClick={onRun}
    >
      {entry.icon !== undefined && <Icon name={entry.icon} />}
      {entry.service !== undefined && <ServiceMark service={entry.service} />}
      <span className={`cut ${entry.mono ? 'mono' : ''}`}>
        <Matched text={entry.text} query={query} />
      </span>
      {entry.note !== undefined && entry.hidesNote !== true && <span className="t3 s12 cut">{entry.note}</span>}
      <span className="push">
        {entry.aside}
        {entry.keys !== undefined && <Keys keys={entry.keys} />}
      </span>
    </div>
  );
}

function Matched({ text, query }: { readonly text: string; readonly query: string }): ReactNode {
  const word = query.trim().split(/\s+/)[0] ?? '';
  const at = word === '' ? -1 : text.toLowerCase().indexOf(word.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + word.length)}</mark>
      {text.slice(at + word.length)}
    </>
  );
}

function groupsOf(found: readonly PaletteEntry[]): readonly {
  readonly group: string;
  readonly entries: readonly { readonly entry: PaletteEntry; readonly index: number }[];
}[] {
  const groups = Map.groupBy(
    found.map((entry, index) => ({ entry, index })),
    ({ entry }) => entry.group,
  );
  return [...groups].map(([group, entries]) => ({ group, entries }));
}
