import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { STEP_KINDS, asksPerson } from '../model/stepKinds.ts';
import { PutError } from '../protocol/errors.ts';
import { answerLines, durationAnswer, emptyAnswer, formFields } from './answerForm.ts';
import { askedIn, givenAnswer } from './givenAnswers.ts';
import { contentOf, knownScreen } from './knownScreen.ts';
import { ASK_SHAPES, askShapeOf, type AnyAskShape } from './registry.ts';
import { arbitraryOf } from './testing/arbitraryOf.ts';
import { SCREENS } from './testing/screens.ts';
import { whyAnswerOff } from './whyOff.ts';

const KINDS = Object.entries<AnyAskShape>(ASK_SHAPES);

describe.each(KINDS)('the kind %s', (kind, shape) => {
  it('proposes what its schema takes, or says why Next is off, whatever the screen shows', () => {
    fc.assert(
      fc.property(
        arbitraryOf(shape.screen),
        fc.option(arbitraryOf(shape.answer), { nil: undefined }),
        (screen, before) => {
          expect(shape.screen.safeParse(screen).success).toBe(true);
          for (const draft of [shape.propose(screen, undefined), shape.propose(screen, before), before]) {
            const off = whyAnswerOff(shape, screen, draft);
            if (off === undefined) expect(shape.answer.safeParse(draft).success).toBe(true);
            // It stands behind `Next is off:` in the window and behind the step's name in putctl.
            else expect(off.trim()).toBe(off);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('answers from a plan file with what its schema takes, or a PutError that names why', () => {
    fc.assert(
      fc.property(arbitraryOf(shape.screen), arbitraryOf(shape.answer), fc.boolean(), (content, own, byStepId) => {
        const screen = { stepId: 'some-step', kind, content };
        const asked = askedIn({ screen, currentStep: 'some-step', steps: {}, nodes: {} });
        let answer: unknown;
        try {
          answer = givenAnswer(byStepId ? { answers: { 'some-step': own } } : {}, asked);
        } catch (error) {
          expect(error).toBeInstanceOf(PutError);
          return;
        }
        if (byStepId) expect(whyAnswerOff(shape, content, answer)).toBeUndefined();
        else if (shape.answer.safeParse(answer).success === false)
          expect(whyAnswerOff(shape, content, answer)).toBeDefined();
      }),
      { numRuns: 100 },
    );
  });

  it('has a field of a form for every part of its answer, filled so that nothing is of a wrong type', () => {
    const fields = formFields(shape.answer);
    expect(fields.length).toBeGreaterThan(0);
    for (const { label } of fields) expect(label).toMatch(/^[A-Z]/);
    const empty = shape.answer.safeParse(emptyAnswer(shape.answer));
    for (const issue of empty.error?.issues ?? []) expect(issue.path.length).toBeGreaterThan(0);
  });
});

describe('kinds that ask', () => {
  it('are those of the step library, and their short names belong to one kind each', () => {
    expect(Object.keys(ASK_SHAPES).sort()).toEqual(Object.keys(STEP_KINDS).filter(asksPerson).sort());
    const names = KINDS.flatMap(([, { names: short }]) => Object.keys(short?.schemas ?? {}));
    expect(new Set(names).size).toBe(names.length);
  });

  it('of newer software, or with a screen of newer software, are known to be unknown', () => {
    expect(askShapeOf('launch-window')).toBeUndefined();
    expect(askShapeOf('constructor')).toBeUndefined();
    expect(knownScreen({ kind: 'launch-window', content: {} })).toBeUndefined();
    expect(knownScreen({ kind: 'spool-area', content: { areas: 'all' } })).toBeUndefined();
    expect(contentOf({ stepId: 's', kind: 'plan', content: {} }, 'plan')).toBeUndefined();
    const more = { areas: [], proposal: '', rotation: 'weekly' };
    expect(knownScreen({ kind: 'spool-area', content: more })?.content).toBe(more);
  });
});

describe('a form', () => {
  const schema = z.strictObject({
    command: z.string().min(1).max(80).describe('Command').meta({ control: 'lines', help: 'As it is typed.' }),
    mode: z.enum(['fast', 'safe']).default('safe'),
    nodesAtOnce: z.number().int().min(1).max(64),
    share: z.number().positive().optional(),
    deadline: durationAnswer('Deadline'),
    quiet: z.boolean(),
    users: z.array(z.string()),
    types: z.array(z.enum(['a', 'b'])).optional(),
    limits: z.strictObject({ memory: z.number().int().optional() }).optional(),
    means: z.record(z.string(), z.number()).optional(),
  });

  it('is made from the schema of the answer', () => {
    expect(formFields(schema).map(({ name, label, type, optional }) => [name, label, type, optional])).toEqual([
      ['command', 'Command', 'text', false],
      ['mode', 'Mode', 'choice', true],
      ['nodesAtOnce', 'Nodes at once', 'number', false],
      ['share', 'Share', 'number', true],
      ['deadline', 'Deadline', 'duration', false],
      ['quiet', 'Quiet', 'boolean', false],
      ['users', 'Users', 'list', false],
      ['types', 'Types', 'choices', true],
      ['limits', 'Limits', 'group', true],
      ['means', 'Means', 'json', true],
    ]);
    expect(formFields(schema)[0]).toMatchObject({ lines: true, mostCharacters: 80, help: 'As it is typed.' });
    expect(formFields(schema)[2]).toMatchObject({ whole: true, least: 1, most: 64 });
    expect(emptyAnswer(schema)).toEqual({ mode: 'safe', quiet: false, users: [] });
  });

  it('tells an answer by its labels', () => {
    const answer = schema.parse({ command: 'id', nodesAtOnce: 2, deadline: '2 h', quiet: true, users: ['a', 'b'] });
    expect(answerLines(schema, answer)).toEqual([
      ...['Command: id', 'Mode: safe', 'Nodes at once: 2', 'Deadline: 2 h', 'Quiet: yes', 'Users: a, b'],
    ]);
    expect(answerLines(undefined, { rotation: { weekly: 1 } })).toEqual(['Rotation: {"weekly":1}']);
  });

  it('refuses a time that is none', () => {
    for (const deadline of ['soon', 0, -1, '0 s', '10 years'])
      expect(durationAnswer('Deadline').safeParse(deadline).success, String(deadline)).toBe(false);
  });
});

it('a plan of ten thousand nodes is known by the few lists of changes that they have, and not where one of them is none', () => {
  const plan = SCREENS.plan?.plan;
  const list = Object.values(plan?.nodes ?? {})[0] ?? [];
  const nodes = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`tpa-${at}`, list]));
  const screenOf = (more: object) => ({ kind: 'plan', content: { plan: { ...plan, nodes: { ...nodes, ...more } } } });
  expect(list.length).toBeGreaterThan(0);
  expect(knownScreen(screenOf({}))).toBeDefined();
  expect(knownScreen(screenOf({ 'tpa-5': [{ packageName: 'x' }] }))).toBeUndefined();
  expect(knownScreen(screenOf({ 'tpa-5': undefined }))).toBeUndefined();
});
