import { useState } from 'react';
import { t } from '../../texts/en.ts';
import { DraftField } from './DraftField.tsx';
import { PROXY_KEYS, SSH_KEYS, TRUST_KEYS, type Problems, type SystemDraft } from './systemDraft.ts';

export interface SettingsProps {
  readonly draft: SystemDraft;
  readonly problems: Problems;
  readonly strict: boolean;
  readonly onChange: (draft: SystemDraft) => void;
}

/** How SSH is gone; shown below its way. */
export function SshSettings({ draft, problems, strict, onChange }: SettingsProps) {
  // Those that were there when the form was opened, so that one switched off can be switched on again.
  const [jumpKeys] = useState(draft.jumpKeys);
  return (
    <div className="way-settings ssh" role="group" aria-label={t.ways.ssh.title}>
      {SSH_KEYS.map((key) => (
        <DraftField
          key={key}
          label={t.ways.ssh.fields[key]}
          hint={t.ways.ssh.hints[key]}
          value={draft.ssh[key]}
          problem={problems[`ssh.${key}`]}
          strict={strict}
          mono
          numeric={key === 'port'}
          onChange={(value) => onChange({ ...draft, ssh: { ...draft.ssh, [key]: value } })}
        />
      ))}
      {jumpKeys.map((place) => (
        <label key={place} className="check jump-key">
          <input
            type="checkbox"
            checked={draft.jumpKeys.includes(place)}
            onChange={(event) => {
              const others = draft.jumpKeys.filter((name) => name !== place);
              onChange({ ...draft, jumpKeys: event.target.checked ? [...others, place] : others });
            }}
          />
          {t.ways.ssh.jumpKey(place)}
        </label>
      ))}
    </div>
  );
}

/** The proxy of the way by WebSocket; shown below its way. */
export function ProxySettings({ draft, problems, strict, onChange }: SettingsProps) {
  return (
    <div className="way-settings">
      <label className="check">
        <input
          type="checkbox"
          checked={draft.useProxy}
          onChange={(event) => onChange({ ...draft, useProxy: event.target.checked })}
        />
        {t.ways.proxy.use}
      </label>
      {draft.useProxy && (
        <div className="proxy" role="group" aria-label={t.ways.proxy.use}>
          {PROXY_KEYS.map((key) => (
            <DraftField
              key={key}
              label={t.ways.proxy.fields[key]}
              hint={t.ways.proxy.hints[key]}
              value={draft.proxy[key]}
              problem={problems[`proxy.${key}`]}
              strict={strict}
              mono
              numeric={key === 'port'}
              onChange={(value) => onChange({ ...draft, proxy: { ...draft.proxy, [key]: value } })}
            />
          ))}
        </div>
      )}
    </div>
  );
}

/** Certificates of the site's own authority, for every way. */
export function TrustSettings({ draft, problems, strict, onChange }: SettingsProps) {
  return (
    <div className="trust-settings">
      <label className="check">
        <input
          type="checkbox"
          checked={draft.useTrust}
          onChange={(event) => onChange({ ...draft, useTrust: event.target.checked })}
        />
        <b>{t.ways.trust.use}</b>
      </label>
      {!draft.useTrust && <small className="hint">{t.ways.trust.hint}</small>}
      {draft.useTrust && (
        <div className="trust" role="group" aria-label={t.ways.trust.use}>
          {TRUST_KEYS.map((key) => (
            <DraftField
              key={key}
              label={t.ways.trust.fields[key]}
              hint={t.ways.trust.hints[key]}
              value={draft.trust[key]}
              problem={problems[`trust.${key}`]}
              strict={strict}
              mono
              onChange={(value) => onChange({ ...draft, trust: { ...draft.trust, [key]: value } })}
            />
          ))}
        </div>
      )}
    </div>
  );
}
