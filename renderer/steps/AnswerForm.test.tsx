import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { durationAnswer, emptyAnswer } from '../../core/steps/answerForm.ts';
import { AnswerForm } from './AnswerForm.tsx';

const SCHEMA = z.strictObject({
  command: z.string().min(1).max(80).describe('Command'),
  nodesAtOnce: z.number().int().min(1).max(64).describe('Nodes at once'),
  deadline: durationAnswer('Deadline'),
  mode: z.enum(['fast', 'safe']).describe('Mode'),
  quiet: z.boolean().describe('Quiet'),
  users: z.array(z.string()).optional().describe('Users'),
  types: z.array(z.enum(['TPA', 'AWS'])).describe('Types'),
  limits: z
    .strictObject({ memory: z.number().describe('Memory') })
    .optional()
    .describe('Limits'),
  means: z.record(z.string(), z.number()).optional().describe('Means'),
});

afterEach(cleanup);

let draft: unknown;
const see = (value: unknown): unknown => (draft = value);

function Holder({ locked }: { locked: boolean }) {
  const [value, setValue] = useState<unknown>(emptyAnswer(SCHEMA));
  const change = (next: unknown): void => {
    see(next);
    setValue(next);
  };
  return <AnswerForm schema={SCHEMA} draft={value} locked={locked} onChange={change} />;
}
const type = (label: RegExp, value: string): void =>
  void fireEvent.change(screen.getByLabelText(label), { target: { value } });

it('asks for every part by its label, and gives an answer that the schema takes', () => {
  render(<Holder locked={false} />);
  expect(SCHEMA.safeParse(emptyAnswer(SCHEMA)).success).toBe(false);
  type(/^Command/, 'uptime');
  type(/^Nodes at once/, '8');
  type(/^Deadline/, '1.5 h');
  type(/^Mode/, 'safe');
  fireEvent.click(screen.getByLabelText('Quiet'));
  fireEvent.click(screen.getByLabelText('AWS'));
  type(/^Users/, 'anna\n ben \n\n');
  type(/^Memory/, '2');
  type(/^Means/, '{"a": 1}');
  expect(SCHEMA.parse(draft)).toEqual({
    ...{ command: 'uptime', nodesAtOnce: 8, deadline: 5_400_000, mode: 'safe', quiet: true, types: ['AWS'] },
    ...{ users: ['anna', 'ben'], limits: { memory: 2 }, means: { a: 1 } },
  });
  type(/^Users/, '');
  expect(draft).not.toHaveProperty('users');
});

it('keeps what is typed and does not fit, so that the schema says why, and nothing can be typed where it is locked', () => {
  render(<Holder locked={false} />);
  type(/^Nodes at once/, 'many');
  type(/^Deadline/, 'soon');
  expect(draft).toMatchObject({ nodesAtOnce: 'many', deadline: 'soon' });
  expect(screen.getByLabelText<HTMLInputElement>(/^Deadline/).value).toBe('soon');
  expect(screen.getByText('From 1 to 64.')).toBeTruthy();
  cleanup();
  render(<Holder locked />);
  expect(screen.getByLabelText<HTMLInputElement>(/^Command/).disabled).toBe(true);
});
