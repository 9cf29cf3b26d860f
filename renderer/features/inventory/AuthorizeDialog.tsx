import { foldNames } from '../../../core/model/nodeNames.ts';
import { useState } from 'react';
import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { t } from '../../texts/en.ts';
import { Failures } from './HostKeysDialog.tsx';
import { INVENTORY_DIALOG, InventoryForm, type InventoryDialogProps } from './InventoryForm.tsx';
import { NodeChooser } from './NodeChooser.tsx';
import { News } from '../../components/News.tsx';

const words = t.inventory;
/** Nodes of one request. */
const MOST = 1000;

/** How nodes come to let the master in: the line for authorized_keys to copy, or the key brought there with a password that is given once. */
export function AuthorizeDialog(
  props: InventoryDialogProps & {
    readonly names: readonly string[];
    readonly first: readonly string[];
    readonly publicLine: string | undefined;
  },
) {
  const { systemId, names, first, publicLine, onClose } = props;
  const { askInventory } = useActions();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(first));
  const [password, setPassword] = useState('');
  const [outcome, setOutcome] = useState<MethodResult<'nodes.authorize'> | undefined>();
  const authorize = async (): Promise<void> => {
    setOutcome(undefined);
    const params = { names: [...chosen], password };
    setPassword('');
    const answer = await askInventory(INVENTORY_DIALOG, systemId, 'nodes.authorize', params);
    if (!answer) return;
    setOutcome(answer);
    // Those that are left are tried again with another password.
    setChosen(new Set(answer.failed.map(({ name }) => name)));
  };
  const whyOff =
    chosen.size === 0
      ? words.noneChosen
      : chosen.size > MOST
        ? words.atMost(MOST)
        : password === ''
          ? words.passwordNeeded
          : undefined;
  return (
    <InventoryForm
      title={words.authorizeTitle}
      confirm={words.authorizeConfirm(chosen.size)}
      whyOff={whyOff}
      leave={outcome ? t.common.close : undefined}
      wide
      onSubmit={() => void authorize()}
      onClose={onClose}
    >
      {publicLine !== undefined && (
        <>
          <p>{words.authorizeLine}</p>
          <p className="public-line">
            <code>{publicLine}</code> <CopyButton text={publicLine} />
          </p>
        </>
      )}
      <p>{words.authorizeText}</p>
      <NodeChooser label={words.authorizeNodes} names={names} chosen={chosen} onChange={setChosen} />
      <label className="field">
        <span>{words.authorizePassword}</span>
        <input
          type="password"
          autoComplete="off"
          maxLength={1024}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      {outcome && (
        <News>
          {outcome.authorized.length > 0 && (
            <p>
              {words.authorized(outcome.authorized.length)}{' '}
              <span className="mono">{foldNames(outcome.authorized)}</span>
            </p>
          )}
          <Failures failed={outcome.failed} />
        </News>
      )}
    </InventoryForm>
  );
}
