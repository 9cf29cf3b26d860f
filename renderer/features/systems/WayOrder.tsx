import { useEffect, useRef, useState } from 'react';
import { t } from '../../texts/en.ts';
import { movedWay, WAYS, type Way } from './systemDraft.ts';
import { ProxySettings, SshSettings, type SettingsProps } from './WaySettings.tsx';
import { News } from '../../components/News.tsx';

/** What stands for an empty field in the sentences about the firewall. */
function portsOf({ ports, ssh, useProxy, proxy }: SettingsProps['draft']) {
  const jump = ssh.jump.split(',')[0]?.trim() ?? '';
  const jumpPort = /:(\d+)$/.exec(jump)?.[1];
  const jumpHost = jump.replace(/^[^@]*@/, '').replace(/:\d+$/, '');
  return {
    ...ports,
    sshPort: jump === '' ? ssh.port.trim() || '22' : (jumpPort ?? '22'),
    sshFirst: jump === '' ? ssh.host.trim() || t.ways.master : jumpHost,
    proxy: useProxy ? [proxy.host.trim(), proxy.port.trim()].filter((part) => part !== '').join(':') : undefined,
  };
}

/** The ways as an ordered list: each switched on or off, moved by its buttons or by Alt and an arrow key, its settings below it. */
export function WayOrder(props: SettingsProps) {
  const { draft, problems, onChange } = props;
  const list = useRef<HTMLOListElement>(null);
  const [said, setSaid] = useState('');
  // Moving a row in the document takes the focus away from what moved it.
  const focusNext = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (focusNext.current === undefined) return;
    const wanted = list.current?.querySelector<HTMLElement>(focusNext.current);
    focusNext.current = undefined;
    wanted?.focus();
  });

  const switchWay = (way: Way, on: boolean): void => {
    const others = draft.ways.filter((name) => name !== way);
    focusNext.current = `[data-way="${way}"] input`;
    onChange({ ...draft, ways: on ? [...others, way] : others });
  };
  const move = (way: Way, by: -1 | 1, focus: string): void => {
    const ways = movedWay(draft.ways, way, by);
    if (ways === draft.ways) return;
    focusNext.current = `[data-way="${way}"] ${focus}`;
    setSaid(t.ways.place(t.pathNames[way] ?? way, ways.indexOf(way) + 1, ways.length));
    onChange({ ...draft, ways });
  };
  const ports = portsOf(draft);

  return (
    <fieldset>
      <legend>{t.ways.title}</legend>
      <small className="hint">{t.ways.hint}</small>
      <ol className="way-order" ref={list}>
        {[...draft.ways, ...WAYS.filter((way) => !draft.ways.includes(way))].map((way) => {
          const at = draft.ways.indexOf(way);
          const name = t.pathNames[way] ?? way;
          const first = at <= 0;
          const last = at < 0 || at === draft.ways.length - 1;
          return (
            <li key={way} data-way={way}>
              <div
                className="way-row"
                onKeyDown={(event) => {
                  if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
                  event.preventDefault();
                  move(way, event.key === 'ArrowUp' ? -1 : 1, 'input');
                }}
              >
                <span className="num way-place" aria-hidden="true">
                  {at < 0 ? '' : `${at + 1}.`}
                </span>
                <label className="check">
                  <input
                    type="checkbox"
                    checked={at >= 0}
                    aria-describedby={`way-${way}`}
                    onChange={(event) => switchWay(way, event.target.checked)}
                  />
                  <b>{name}</b>
                </label>
                <small id={`way-${way}`}>{t.ways.firewall[way](ports)}</small>
                <button
                  type="button"
                  className="btn small arrow"
                  data-move="earlier"
                  aria-label={t.ways.earlier(name)}
                  aria-disabled={first}
                  onClick={() => move(way, -1, '[data-move="earlier"]')}
                >
                  <Arrow up />
                </button>
                <button
                  type="button"
                  className="btn small arrow"
                  data-move="later"
                  aria-label={t.ways.later(name)}
                  aria-disabled={last}
                  onClick={() => move(way, 1, '[data-move="later"]')}
                >
                  <Arrow />
                </button>
              </div>
              {at >= 0 && way === 'ssh' && <SshSettings {...props} />}
              {at >= 0 && way === 'websocket' && <ProxySettings {...props} />}
            </li>
          );
        })}
      </ol>
      {problems.ways && <small className="fail-text">{problems.ways}</small>}
      <News as="span" className="visually-hidden">
        {said}
      </News>
    </fieldset>
  );
}

function Arrow({ up = false }: { up?: boolean }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d={up ? 'M2 8l4-4 4 4' : 'M2 4l4 4 4-4'} fill="none" stroke="currentColor" strokeWidth="1.6" />
    </svg>
  );
}
