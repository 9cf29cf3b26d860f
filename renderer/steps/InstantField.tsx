import { useId, useState } from 'react';
import { instantMs, isInstantFault, parseInstant } from '../../core/model/instant.ts';
import type { FormField } from '../../core/steps/answerForm.ts';
import { formatDateIn, zoneOfTimes } from '../components/format.ts';
import { t } from '../texts/en.ts';
import { FieldName } from './FieldName.tsx';
import { momentHereAndThere } from './runWindowInWords.ts';

interface Props {
  readonly field: FormField & { readonly type: 'instant' };
  readonly locked: boolean;
  /** What stands there at first. */
  readonly initial?: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

/** A moment, chosen by the clock that the window tells times by; what it is by the master's clock stands below. */
export function InstantField({ field, locked, initial, onChange }: Props) {
  const id = useId();
  const zone = zoneOfTimes();
  const [chosen, setChosen] = useState(() => {
    const at = initial === undefined ? undefined : parseInstant(initial, zone);
    if (at === undefined || isInstantFault(at)) return '';
    return formatDateIn(zone, instantMs(at))?.replace(' ', 'T') ?? '';
  });
  const read = chosen === '' ? undefined : parseInstant(chosen, zone);
  return (
    <div className="field">
      <label htmlFor={id}>
        <FieldName field={field} />
      </label>
      <input
        id={id}
        type="datetime-local"
        value={chosen}
        disabled={locked}
        aria-describedby={`${id}-help`}
        onChange={({ target: { value } }) => {
          setChosen(value);
          // With its zone, so that a time which the clocks leave out or bring twice is refused in words.
          onChange(value === '' ? undefined : `${value} ${zone}`);
        }}
      />
      <small id={`${id}-help`}>
        {read === undefined
          ? t.operation.runWindow.byClockOf(field.help ?? '', zone)
          : isInstantFault(read)
            ? read.message
            : momentHereAndThere(instantMs(read), field.timeZone)}
      </small>
    </div>
  );
}
