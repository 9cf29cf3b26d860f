import { catalogueEntry } from '../../components/ErrorNote.tsx';
import { formatMoment } from '../../components/format.ts';
import { News } from '../../components/News.tsx';
import type { OpenJob } from '../../stores/openJob.ts';
import { t } from '../../texts/en.ts';

/** That the job stands still since its journal cannot be written, since when, and what to do on the master node. */
export function JournalBanner({ job }: { job: OpenJob }) {
  const { journalFault } = job;
  if (!journalFault) return null;
  const { code, message, sinceMs } = journalFault;
  return (
    <News className="banner">
      <span>
        {t.operation.journalFault(formatMoment(sinceMs), message)}{' '}
        <span className="line">{catalogueEntry(code)?.nextStep}</span> <span className="mono line">{code}</span>
      </span>
    </News>
  );
}
