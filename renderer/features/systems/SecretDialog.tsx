import { useState } from 'react';
import type { SecretAsked, SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { useNow } from '../../components/useNow.ts';
import { selectApp, selectSystems } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { News } from '../../components/News.tsx';

const MINUTE_MS = 60_000;

/** The question that was asked first, of all systems. */
function firstAsked(
  systems: Readonly<Record<string, SystemView>> | undefined,
): { system: SystemView; asked: SecretAsked } | undefined {
  return Object.values(systems ?? {})
    .flatMap((system) => Object.values(system.secretsAsked).map((asked) => ({ system, asked })))
    .sort((a, b) => a.asked.untilMs - b.asked.untilMs)[0];
}

/** Asks for what a way to a target needs a person for, one question at a time. */
export function SecretDialog() {
  const first = firstAsked(useApp(selectSystems));
  return first ? <Question key={first.asked.questionId} {...first} /> : null;
}

function Question({ system, asked }: { system: SystemView; asked: SecretAsked }) {
  const { questionId, question, wrong, untilMs } = asked;
  const { systemId, name } = system.saved;
  const { answerSecret, refuseSecret } = useActions();
  const keyring = useApp(selectApp)?.passwordStore === 'keyring';
  const minutes = Math.ceil((untilMs - useNow()) / MINUTE_MS);
  // The secret lives in this dialog alone and goes with it.
  const [secret, setSecret] = useState('');
  const [remember, setRemember] = useState(false);
  const isHostKey = question.kind === 'ssh-host-key';
  // What the host itself asks is neither kept nor always secret.
  const prompt = question.kind === 'ssh-prompt' ? question : undefined;
  const refuse = (): void => void refuseSecret(systemId, questionId);
  const canGive = isHostKey || secret !== '';
  return (
    <Dialog title={t.secret.titles[question.kind]} onClose={refuse} wide={isHostKey} keepOpen>
      <p>{t.secret.text(question, name)}</p>
      <dl className="facts">
        <dt>{t.secret.whereLabels[question.kind]}</dt>
        <dd className="mono wrap">{t.secret.where(question)}</dd>
        {isHostKey && (
          <>
            <dt>{t.secret.fingerprint}</dt>
            <dd className="mono wrap host-key">{question.fingerprint}</dd>
          </>
        )}
        {prompt && (
          <>
            <dt>{t.secret.prompt}</dt>
            <dd className="wrap host-prompt">
              {[prompt.instructions, prompt.prompt].filter((text) => text !== '').join('\n')}
            </dd>
          </>
        )}
      </dl>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (canGive) void answerSecret(systemId, questionId, secret, keyring && !prompt && remember);
        }}
      >
        {!isHostKey && (
          <>
            <div className="field">
              <label htmlFor="way-secret">{t.secret.labels[question.kind]}</label>
              <input
                id="way-secret"
                type={prompt?.echo === true ? 'text' : 'password'}
                value={secret}
                maxLength={1024}
                autoComplete="off"
                autoFocus
                aria-invalid={wrong ? true : undefined}
                aria-describedby={wrong ? 'secret-wrong' : undefined}
                onChange={(event) => setSecret(event.target.value)}
              />
              {wrong && (
                <News as="small" id="secret-wrong" className="fail-text">
                  {t.secret.wrong}
                </News>
              )}
            </div>
            {prompt ? null : keyring ? (
              <label className="check">
                <input type="checkbox" checked={remember} onChange={(event) => setRemember(event.target.checked)} />
                {t.secret.remember}
              </label>
            ) : (
              <small className="hint">{t.secret.forgotten}</small>
            )}
          </>
        )}
        <AskError ask={`secret:${questionId}`} />
        <div className="dialog-buttons">
          <small className="why">{t.secret.withdrawn(minutes)}</small>
          <button type="button" className="btn" autoFocus={isHostKey} onClick={refuse}>
            {t.secret.refuse}
          </button>
          <button type="submit" className="btn primary" disabled={!canGive}>
            {isHostKey ? t.secret.accept : t.secret.give}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
