import { useId, useState } from 'react';
import { Input, Label, Text, TextArea, TextField } from 'react-aria-components/TextField';
import type { z } from 'zod';
import { formatDurationMs, parseDurationMs } from '../../core/model/duration.ts';
import { formFields, type FormField } from '../../core/steps/answerForm.ts';
import { t } from '../texts/en.ts';
import { FieldName } from './FieldName.tsx';
import { InstantField } from './InstantField.tsx';

const words = t.operation.form;

interface AnswerFormProps {
  readonly schema: z.ZodType;
  readonly draft: unknown;
  readonly locked: boolean;
  readonly onChange: (draft: unknown) => void;
}

/** The screen of a kind that has none of its own: a form made from the schema of its answer. What does not fit yet is said beside Next. */
export function AnswerForm({ schema, draft, locked, onChange }: AnswerFormProps) {
  return (
    <fieldset className="panel" disabled={locked}>
      <legend className="visually-hidden">{words.legend}</legend>
      <FormFields fields={formFields(schema)} value={draft} locked={locked} onChange={onChange} />
    </fieldset>
  );
}

interface FieldsProps {
  readonly fields: readonly FormField[];
  readonly value: unknown;
  readonly locked: boolean;
  readonly onChange: (value: unknown) => void;
}

/** The controls of a form; what is given is an object with a part for each field that has something. */
export function FormFields({ fields, value, locked, onChange }: FieldsProps) {
  const parts = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  return fields.map((field) => (
    <Field
      key={field.name}
      field={field}
      value={parts[field.name]}
      locked={locked}
      onChange={(part) => {
        const { [field.name]: _before, ...others } = parts;
        onChange(part === undefined ? others : { ...others, [field.name]: part });
      }}
    />
  ));
}

interface FieldProps<F extends FormField = FormField> {
  readonly field: F;
  readonly value: unknown;
  readonly locked: boolean;
  readonly onChange: (value: unknown) => void;
}

type FieldOf<T extends FormField['type']> = FormField & { readonly type: T };

function Field({ field, value, locked, onChange }: FieldProps) {
  switch (field.type) {
    case 'boolean':
      return (
        <label className="check field">
          <input type="checkbox" checked={value === true} onChange={(event) => onChange(event.target.checked)} />
          <span>
            {field.label} {field.help !== undefined && <small>{field.help}</small>}
          </span>
        </label>
      );
    case 'choice':
      return <Choice field={field} value={value} locked={locked} onChange={onChange} />;
    case 'choices':
      return <Choices field={field} value={value} locked={locked} onChange={onChange} />;
    case 'group':
      return (
        <fieldset className="field">
          <legend>{field.label}</legend>
          {field.help !== undefined && <small>{field.help}</small>}
          <FormFields fields={field.fields} value={value} locked={locked} onChange={onChange} />
        </fieldset>
      );
    case 'instant':
      return (
        <InstantField
          field={field}
          locked={locked}
          initial={typeof value === 'string' ? value : undefined}
          onChange={onChange}
        />
      );
    default:
      return <TypedField field={field} value={value} locked={locked} onChange={onChange} />;
  }
}

function Choice({ field, value, onChange }: FieldProps<FieldOf<'choice'>>) {
  const id = useId();
  const chosen = typeof value === 'string' ? value : '';
  return (
    <div className="field">
      <label htmlFor={id}>
        <FieldName field={field} />
      </label>
      <select
        id={id}
        value={chosen}
        onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
      >
        {(field.optional || chosen === '') && <option value="">{field.optional ? words.none : words.choose}</option>}
        {field.of.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
      {field.help !== undefined && <small>{field.help}</small>}
    </div>
  );
}

function Choices({ field, value, onChange }: FieldProps<FieldOf<'choices'>>) {
  const chosen: readonly unknown[] = Array.isArray(value) ? value : [];
  return (
    <fieldset className="field">
      <legend>{field.label}</legend>
      {field.help !== undefined && <small>{field.help}</small>}
      {field.of.map((option) => (
        <label key={option} className="check">
          <input
            type="checkbox"
            checked={chosen.includes(option)}
            onChange={(event) =>
              onChange(field.of.filter((one) => (one === option ? event.target.checked : chosen.includes(one))))
            }
          />
          {option}
        </label>
      ))}
    </fieldset>
  );
}

type Typed = FieldOf<'number' | 'duration' | 'text' | 'list' | 'json'>;

/** What is typed: it stays as it was typed, and the answer has what it says; what it does not say yet, as text, which the schema refuses. */
function TypedField({ field, value, locked, onChange }: FieldProps<Typed>) {
  const [typed, setTyped] = useState<string>();
  const lines = field.type === 'list' || field.type === 'json' || (field.type === 'text' && field.lines);
  const help = field.help ?? hintOf(field);
  return (
    <TextField
      className="field"
      value={typed ?? textOf(field, value)}
      isDisabled={locked}
      isRequired={!field.optional}
      maxLength={field.type === 'text' ? field.mostCharacters : undefined}
      inputMode={field.type === 'number' ? 'decimal' : 'text'}
      spellCheck="false"
      autoComplete="off"
      onChange={(text) => {
        setTyped(text);
        onChange(valueOf(field, text));
      }}
    >
      <Label>
        <FieldName field={field} />
      </Label>
      {lines ? <TextArea className="mono" rows={4} /> : <Input className="mono" />}
      {help !== '' && (
        <Text slot="description" elementType="small">
          {help}
        </Text>
      )}
    </TextField>
  );
}

function hintOf(field: Typed): string {
  switch (field.type) {
    case 'number':
      return words.bounds(field.least, field.most);
    case 'duration':
      return words.duration;
    case 'list':
      return words.list;
    case 'json':
      return words.json;
    case 'text':
      return '';
    default:
      return field satisfies never;
  }
}

function textOf(field: Typed, value: unknown): string {
  if (value === undefined) return '';
  if (field.type === 'duration' && typeof value === 'number') return formatDurationMs(value);
  if (field.type === 'list' && Array.isArray(value)) return value.join('\n');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function valueOf(field: Typed, text: string): unknown {
  if (text.trim() === '') return field.type === 'list' && !field.optional ? [] : undefined;
  switch (field.type) {
    case 'number':
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case 'duration':
      return parseDurationMs(text) ?? text;
    case 'list':
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    case 'json':
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return text;
      }
    case 'text':
      return text;
    default:
      return field satisfies never;
  }
}
