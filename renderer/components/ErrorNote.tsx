import { ERROR_CATALOGUE, isErrorCode } from '../../core/protocol/errorCatalogue.ts';
import { useActions, useApp } from '../app/context.ts';
import { selectError } from '../stores/selectors.ts';
import { t } from '../texts/en.ts';
import { StateMark } from './StateMark.tsx';
import { News } from './News.tsx';

export interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly nextStep?: string | undefined;
}

/** The catalogue's entry of a code; undefined for a code that a newer master made. */
export function catalogueEntry(code: string): { cause: string; nextStep: string } | undefined {
  return isErrorCode(code) ? ERROR_CATALOGUE[code] : undefined;
}

/** What happened and what to do next, as two sentences in a line. */
export function withNextStep({ code, message }: { readonly code: string; readonly message: string }): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return `${sentence} ${catalogueEntry(code)?.nextStep ?? ''}`.trim();
}

/** Whether two sentences differ at most in how they begin and end. */
const saysTheSame = (one: string, other: string): boolean => {
  const bare = (text: string): string => text.trim().replace(/\.$/, '').toLowerCase();
  return bare(one) === bare(other);
};

/** An error in place: what happened, what to do next, and the raw text one click away. */
export function ErrorNote({ error, onDismiss }: { error: ShownError; onDismiss?: () => void }) {
  const entry = catalogueEntry(error.code);
  const nextStep = error.nextStep ?? entry?.nextStep;
  const details = Object.entries(error.details ?? {});
  return (
    <News className="error-note">
      <div className="error-head">
        <StateMark state="failed" />
        <b>{entry?.cause ?? error.message}</b>
        {onDismiss && (
          <button type="button" className="btn small quiet" onClick={onDismiss}>
            {t.common.dismiss}
          </button>
        )}
      </div>
      {entry && !saysTheSame(entry.cause, error.message) && <p>{error.message}</p>}
      {nextStep && (
        <p>
          <b>{t.common.whatNext}:</b> {nextStep}
        </p>
      )}
      <details>
        <summary>{t.common.rawText}</summary>
        <pre>
          {[`${error.code}: ${error.message}`, ...details.map(([name, value]) => `${name}: ${value}`)].join('\n')}
        </pre>
      </details>
    </News>
  );
}

/** The error of the last try of an ask, until it is tried again or dismissed. */
export function AskError({ ask }: { ask: string }) {
  const error = useApp(selectError(ask));
  const { forgetError } = useActions();
  return error ? <ErrorNote error={error} onDismiss={() => forgetError(ask)} /> : null;
}
