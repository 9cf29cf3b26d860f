import type { ReactNode } from 'react';
import { useActions } from '../../app/context.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { t } from '../../texts/en.ts';
import { showsCurrent } from './nextRule.ts';

interface BannerDeedsProps {
  readonly job: OpenJob;
  /** The step that is looked at. */
  readonly shown: string;
  readonly children: ReactNode;
}

/** The buttons of a banner. They act on the job where it stands: while another step is looked at there is the way back there alone. */
export function BannerDeeds({ job, shown, children }: BannerDeedsProps) {
  const { showStep } = useActions();
  return (
    <span className="banner-buttons">
      {showsCurrent(job, shown) ? (
        children
      ) : (
        <button type="button" className="btn small" onClick={() => showStep(undefined)}>
          {t.operation.followAgain}
        </button>
      )}
    </span>
  );
}
