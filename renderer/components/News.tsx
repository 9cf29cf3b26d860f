import {
  createContext,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type ElementType,
  type ReactNode,
} from 'react';
import { createAnnouncer, type Announcer, type AnnouncerClock } from '../app/announcer.ts';

const PAGE_CLOCK: AnnouncerClock = {
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
const SILENT: Announcer = { say: () => undefined, unsay: () => undefined };
const AnnouncerContext = createContext(SILENT);

/** Gives what is below it the voice of the window, and holds the one live region. */
export function NewsProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ number: 0, text: '' });
  const announcer = useMemo(
    () => createAnnouncer((text) => setSaid(({ number }) => ({ number: number + 1, text })), PAGE_CLOCK),
    [],
  );
  return (
    <AnnouncerContext value={announcer}>
      {children}
      {/* The mark keeps it readable while a dialog hides everything else. */}
      <div className="visually-hidden" role="status" aria-live="polite" data-live-announcer="true">
        {/* A piece of its own each time: the same error after a second try is heard again. */}
        <span key={said.number}>{said.text}</span>
      </div>
    </AnnouncerContext>
  );
}

/** Has a text said when it comes and whenever it changes; an empty one says nothing. */
export function useAnnounce(text: string): void {
  const announcer = useContext(AnnouncerContext);
  const source = useRef({});
  useEffect(() => {
    const { current } = source;
    if (text === '') announcer.unsay(current);
    else announcer.say(current, text);
  }, [announcer, text]);
  useEffect(() => {
    const { current } = source;
    return () => announcer.unsay(current);
  }, [announcer]);
}

/** Numbers and lengths of time, which go on by themselves. */
const NUMBERS = /(?:\d[\d.,:]*\s*(?:(?:ms|s|min|h|d|days?)\b)?\s*)+/g;

/** The words of an element as they are heard, without its buttons and what is folded away. */
function wordsOf(element: Element): string {
  const copy = element.cloneNode(true) as Element;
  for (const part of copy.querySelectorAll('button, details, input, [aria-hidden=true]')) part.remove();
  // Parts that stand beside each other are no one word.
  for (const part of copy.querySelectorAll('*')) part.append(' ');
  return (copy.textContent ?? '').replace(/\s+/g, ' ').trim();
}

interface NewsProps {
  readonly as?: ElementType;
  readonly className?: string | undefined;
  readonly id?: string;
  readonly children: ReactNode;
  /** Said when this changes, and not when the element comes: for what answers a deed of the person, as a filter. */
  readonly saidOn?: string;
}

/**
 * Something on the screen that a person who does not see it is to hear of: once when it comes, and when its words change. Numbers alone are no news: a
 * count or a time that goes on would be said without end.
 */
export function News({ as: Tag = 'div', className, id, children, saidOn }: NewsProps) {
  const announcer = useContext(AnnouncerContext);
  const element = useRef<HTMLElement>(null);
  const source = useRef({});
  const before = useRef(saidOn ?? '');
  useLayoutEffect(() => {
    if (saidOn !== undefined && saidOn === before.current) return;
    const words = element.current ? wordsOf(element.current) : '';
    const now = saidOn ?? words.replace(NUMBERS, '#');
    if (now === before.current) return;
    before.current = now;
    announcer.say(source.current, words);
  });
  useEffect(() => {
    const { current } = source;
    return () => {
      announcer.unsay(current);
      before.current = '';
    };
  }, [announcer]);
  return (
    <Tag ref={element} className={className} id={id}>
      {children}
    </Tag>
  );
}
