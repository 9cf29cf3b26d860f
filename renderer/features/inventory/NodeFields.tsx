import { NODE_TYPES } from '../../../core/model/node.ts';
import { t } from '../../texts/en.ts';

const words = t.inventory;

/** What a person says of a node, as it stands in the fields. */
export interface SaidOfNode {
  readonly address: string;
  readonly port: string;
  readonly user: string;
  readonly become: string;
  readonly type: string;
  readonly system: string;
  readonly clique: string;
  readonly jump: string;
  readonly tags: string;
}

export const NOTHING_SAID: SaidOfNode = {
  ...{ address: '', port: '', user: '', become: '', type: 'TPA', system: '', clique: '', jump: '', tags: '' },
};

const TEXTS = ['address', 'port', 'user', 'system', 'clique', 'jump', 'tags'] as const;

/** The value of a field as nodes.yaml has it. */
export function valueSaid(field: keyof SaidOfNode, text: string): unknown {
  const said = text.trim();
  if (field === 'port') return Number(said);
  if (field === 'tags') return said.split(/[\s,]+/).filter((tag) => tag !== '');
  return said;
}

/** The fields of a node beside its name. */
export function NodeFields({ said, onChange }: { said: SaidOfNode; onChange: (said: SaidOfNode) => void }) {
  return (
    <div className="node-fields">
      <label className="field">
        <span>{words.type}</span>
        <NodeTypeSelect value={said.type} onChange={(type) => onChange({ ...said, type })} />
      </label>
      {TEXTS.map((field) => (
        <label className="field" key={field}>
          <span>{words[field]}</span>
          <input
            inputMode={field === 'port' ? 'numeric' : 'text'}
            pattern={field === 'port' ? '[0-9]{1,5}' : undefined}
            placeholder={words.without[field]}
            spellCheck={false}
            value={said[field]}
            onChange={(event) => onChange({ ...said, [field]: event.target.value })}
          />
        </label>
      ))}
      <label className="field">
        <span>{words.become}</span>
        <select value={said.become} onChange={(event) => onChange({ ...said, become: event.target.value })}>
          {(['', 'sudo', 'none'] as const).map((way) => (
            <option key={way} value={way}>
              {words.becomeWays[way === '' ? 'usual' : way]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

export function NodeTypeSelect(props: {
  readonly value: string;
  readonly onChange: (type: string) => void;
  readonly label?: string;
}) {
  return (
    <select aria-label={props.label} value={props.value} onChange={(event) => props.onChange(event.target.value)}>
      {NODE_TYPES.map((one) => (
        <option key={one} value={one}>
          {t.nodeTypes[one]}
        </option>
      ))}
    </select>
  );
}
