import type { SystemView } from '../../electron/contract/bridge.ts';
import { t } from '../texts/en.ts';
import { withNextStep } from './ErrorNote.tsx';
import { News } from './News.tsx';

/** Parts of the picture that the master cannot tell: what is shown of them is old or missing, and why. */
export function UntoldBanner({ system }: { system: SystemView }) {
  // Of a job that was never read nothing is seen that could be old: its view says why.
  const wasRead = (topic: string): boolean =>
    !topic.startsWith('job:') || Object.hasOwn(system.openJobs, topic.slice('job:'.length).split('/')[0] ?? '');
  const untold = Object.entries(system.untold).filter(([topic]) => wasRead(topic));
  if (untold.length === 0) return null;
  return (
    <News className="banner lost">
      <b>{t.connection.untoldTitle(untold.map(([topic]) => t.connection.topic(topic)).join(', '))}</b>
      {untold.map(([topic, cause]) => (
        <span key={topic} className="cause">
          {withNextStep(cause)}
        </span>
      ))}
    </News>
  );
}
