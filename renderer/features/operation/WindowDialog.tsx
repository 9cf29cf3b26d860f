import { useState } from 'react';
import { isInstantFault, parseInstant } from '../../../core/model/instant.ts';
import { isSameWindow, windowFault, type RunWindow } from '../../../core/model/runWindow.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { useNow } from '../../components/useNow.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { InstantField } from '../../steps/InstantField.tsx';
import type { OpenJob } from '../../stores/openJob.ts';
import { masterNow } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.operation.runWindow;

/** Why a job cannot be given these times, in words; undefined where it can. */
function whyNot(was: RunWindow, window: RunWindow, nowMs: number): string | undefined {
  const fault = windowFault(window, nowMs);
  if (fault !== undefined) return fault === 'over' ? words.isOver : words.endsBefore;
  return isSameWindow(was, window) ? words.asItIs : undefined;
}

/** Gives the job another time in which it may begin; a field that is emptied takes its time away. */
export function WindowDialog({ system, job, onClose }: { system: SystemView; job: OpenJob; onClose: () => void }) {
  const { setWindow } = useActions();
  const nowMs = useNow(true);
  const { notBefore, notAfter, timeZone } = job.runWindow ?? {};
  const was: RunWindow = { notBefore, notAfter };
  // Seconds that no field shows are kept as long as nobody types.
  const [window, setChosen] = useState(was);
  const [faults, setFaults] = useState<Partial<Record<keyof RunWindow, string>>>({});
  const fieldOf = (name: keyof RunWindow, label: string, help: string) => (
    <InstantField
      field={{ name, label, help, optional: true, type: 'instant', timeZone }}
      locked={false}
      initial={was[name]}
      onChange={(text) => {
        const read = text === undefined ? undefined : parseInstant(text);
        const fault = read !== undefined && isInstantFault(read) ? read.message : undefined;
        setFaults((before) => ({ ...before, [name]: fault }));
        if (fault === undefined) setChosen((before) => ({ ...before, [name]: read as string | undefined }));
      }}
    />
  );
  const off = faults.notBefore ?? faults.notAfter ?? whyNot(was, window, masterNow(system, nowMs));
  const { approval } = job;
  return (
    <ReasonDialog
      about={`begin at another time ${job.jobId}`}
      title={words.changeTitle}
      text={approval?.digest === undefined ? words.changeText : `${words.changeText} ${words.approvedAnew}`}
      confirm={words.changeConfirm}
      off={off}
      onConfirm={(reason) =>
        setWindow(system.saved.systemId, job.jobId, {
          ...{ notBefore: window.notBefore ?? null, notAfter: window.notAfter ?? null },
          reason,
        })
      }
      onClose={onClose}
    >
      {fieldOf('notBefore', words.notBefore, words.emptied)}
      {fieldOf('notAfter', words.notAfter, words.emptied)}
    </ReasonDialog>
  );
}

/** The button that opens it, for who drives the job. */
export function ChangeWindow({ system, job }: { system: SystemView; job: OpenJob }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="btn small" onClick={() => setOpen(true)}>
        {words.change}
      </button>
      {open && <WindowDialog system={system} job={job} onClose={() => setOpen(false)} />}
    </>
  );
}
