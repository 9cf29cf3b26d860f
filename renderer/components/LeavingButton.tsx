import { useState } from 'react';
import { ConfirmDialog } from './Dialog.tsx';

interface LeavingButtonProps {
  readonly className: string;
  readonly label: string;
  /** What becomes of the jobs that are not over; undefined where there is none, and the button asks nothing. */
  readonly jobsText: string | undefined;
  readonly question: string;
  readonly onLeave: () => void;
}

/** Leaves or stops something; where jobs are under way there it says first what becomes of them. */
export function LeavingButton({ className, label, jobsText, question, onLeave }: LeavingButtonProps) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        className={className}
        onClick={() => (jobsText === undefined ? onLeave() : setAsking(true))}
      >
        {label}
      </button>
      {asking && jobsText !== undefined && (
        <ConfirmDialog
          title={question}
          text={jobsText}
          confirm={label}
          onConfirm={onLeave}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
