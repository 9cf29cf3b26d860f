import type { ReactElement } from 'react';
import type { PortRow } from '../../../core/model/ports.ts';

const square = (props: object): ReactElement => (
  <rect x="2" y="2" width="10" height="10" rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.4" {...props} />
);

/** A shape of its own for every state of a port; the word stands beside it. */
const shapes: Readonly<Record<PortRow['state'], ReactElement>> = {
  listening: <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  free: square({}),
  offered: (
    <>
      {square({})}
      <rect x="2" y="2" width="5" height="10" fill="currentColor" />
    </>
  ),
  attached: <rect x="1.5" y="1.5" width="11" height="11" rx="1.5" fill="currentColor" />,
  detached: square({ strokeDasharray: '2.5 2' }),
  'never-offered': (
    <>
      {square({})}
      <path d="M3 11l8-8M3 7l4-4M7 11l4-4" stroke="currentColor" strokeWidth="1.2" />
    </>
  ),
  off: <path d="M2 7h10" stroke="currentColor" strokeWidth="1.6" />,
};

export function PortMark({ state }: { state: PortRow['state'] }) {
  return (
    <svg className={`mark p-${state}`} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      {shapes[state]}
    </svg>
  );
}
