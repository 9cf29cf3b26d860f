import type { FormField } from '../../core/steps/answerForm.ts';
import { t } from '../texts/en.ts';

/** What a field asks for, and that it may be left out where it may. */
export function FieldName({ field: { label, optional } }: { readonly field: Pick<FormField, 'label' | 'optional'> }) {
  return (
    <>
      {label}
      {optional && <span className="sub may-be-left-out"> {t.operation.form.optional}</span>}
    </>
  );
}
