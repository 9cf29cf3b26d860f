// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { button, masterCalls, openJob, showJob } from '../../testing/openJob.ts';

const faults = {
  'tpa-3': {
    stepId: 'package-install',
    state: 'failed',
    cause: { code: 'script-post-failed', message: 'script of ppde failed', packageName: 'ppde' },
  },
  'tpa-4': {
    stepId: 'package-install',
    state: 'failed',
    cause: { code: 'script-post-failed', message: 'script of ppde failed', packageName: 'ppde' },
  },
  'aws-1': {
    stepId: 'package-install',
    state: 'unreachable',
    cause: { code: 'node-unreachable', message: 'no answer on port 22' },
  },
} as const;

vi.setConfig({ testTimeout: 60_000 });

describe('opening a job that runs', () => {
  it('asks for its nodes and their cells with the head', async () => {
    const mock = await openJob('package-install', 1);
    const asked = mock.calls.filter(({ method }) => method === 'job.open').map(({ params }) => params['part']);
    // Effects of a view come after those of what it shows: asked by what it shows they would stand before the head.
    const at = asked.indexOf(undefined);
    expect(asked.slice(at, at + 3)).toEqual([undefined, 'nodes', 'cells:package-install']);
  });
});

describe('answers that were given at the start', () => {
  it('say which could not be used and why, and go on when a person lets them', async () => {
    const mock = await openJob('spool-area');
    const stopped = {
      stepId: 'spool-area' as const,
      cause: { code: 'input-invalid', message: '/x is no file system' },
    };
    const answers = { by: 'anna', acceptPlan: true, active: false, stopped };
    act(() => mock.setJob({ ...mock.job, answers }));
    expect(
      await screen.findByText(/Select Spool Area cannot be used: \/x is no file system \(input-invalid\)/),
    ).toBeTruthy();
    fireEvent.click(button('Let the answers go on'));
    await waitFor(() => expect(masterCalls(mock, 'job.setAnswers')).toEqual([{ jobId: mock.job.jobId }]));
    await waitFor(() => expect(screen.queryByText(/cannot be used/)).toBeNull());
    // After Back a person answers, until they let the answers go on.
    act(() => mock.setJob({ ...mock.job, answers: { ...answers, stopped: undefined } }));
    expect(await screen.findByText(/held up since a person went back/)).toBeTruthy();
  });
});

describe('the end of an operation', () => {
  it("is told by the master's clock, as its begin and the timeline are, where this machine's is wrong", async () => {
    const hour = 3_600_000;
    const mock = await openJob('package-install', 1, { system: { clockOffsetMs: 5 * hour } });
    const [job] = Object.values(mock.system.openJobs);
    if (!job) throw new Error('no job is open');
    const masterMs = Date.now() + 5 * hour;
    const timeLeft = { current: { startedAtMs: masterMs, lowMs: hour, highMs: hour }, after: { lowMs: 0, highMs: 0 } };
    act(() => mock.setSystem({ openJobs: { [job.jobId]: { ...job, state: 'running', attention: [], timeLeft } } }));
    const text = (await screen.findByText('Ends')).parentElement?.textContent ?? '';
    const [hourTold] = /\d\d(?=:\d\d$)/.exec(text) ?? [];
    expect([masterMs + hour - 60_000, masterMs + hour].map((ms) => new Date(ms).getHours())).toContain(
      Number(hourTold),
    );
  });
});

describe('nodes that alone stand against an answer', () => {
  it('are left out with a reason, by one button where they are told', async () => {
    const mock = await openJob('spool-area');
    const stopped = {
      ...{ stepId: 'spool-area' as const, nodeIds: ['tpa-2'] },
      cause: { code: 'disk-full', message: '/var has 5 bytes free on tpa-2' },
    };
    act(() => mock.setJob({ ...mock.job, answers: { by: 'anna', acceptPlan: true, active: false, stopped } }));
    expect(
      await screen.findByText('tpa-2 alone stands against this answer; the other nodes could go on.'),
    ).toBeTruthy();
    fireEvent.click(button('Leave out 1 node…'));
    const dialog = within(screen.getByRole('dialog'));
    fireEvent.change(dialog.getByLabelText(/^Reason/), { target: { value: 'its disk is changed' } });
    fireEvent.click(dialog.getByRole('button', { name: 'Leave out' }));
    await waitFor(() =>
      expect(masterCalls(mock, 'job.ignore')).toEqual([
        { jobId: mock.job.jobId, stepId: 'spool-area', nodeIds: ['tpa-2'], reason: 'its disk is changed' },
      ]),
    );
  });
});

describe('a step with nodes', () => {
  it('shows counts that add up, and filters by a click on one', async () => {
    await openJob('package-install', 30, { faults });
    const chips = within(screen.getByRole('group', { name: 'Nodes by state' }));
    expect(chips.getAllByRole('button').map((chip) => chip.textContent)).toEqual([
      '5 done',
      '2 failed',
      '1 unreachable',
      '8 in all',
    ]);
    fireEvent.click(chips.getByRole('button', { name: '2 failed' }));
    expect(screen.queryByRole('button', { name: /^tpa-1,/ })).toBeNull();
    expect(button(/^tpa-3, failed/)).toBeTruthy();
    fireEvent.click(button('Table'));
    expect(chips.getByRole('button', { name: '2 failed' }).getAttribute('aria-pressed')).toBe('true');
    fireEvent.click(chips.getByRole('button', { name: '8 in all' }));
    fireEvent.click(button('Map'));
    expect(button(/^tpa-1, done/)).toBeTruthy();
  });

  it('has the same numbers in the table of contents, and the title tells that a person is needed', async () => {
    const mock = await openJob('package-install', 30, { faults });
    const toc = within(screen.getByRole('navigation', { name: 'Table of contents' }));
    const entry = within(toc.getByRole('button', { name: /^Package Install/ }));
    const notes = entry
      .getAllByRole('img')
      .map((mark) => `${mark.parentElement?.textContent} ${mark.getAttribute('aria-label')}`);
    expect(notes).toEqual(['5 done', '2 failed', '1 unreachable']);
    expect(document.title).toMatch(/^\(1\) needs you – .* – PUT Desktop$/);
    act(() => mock.setJob({ ...mock.job, state: 'succeeded' }));
    await waitFor(() => expect(document.title).not.toMatch(/needs you/));
  });

  it('folds equal failures into one line and retries exactly those', async () => {
    const mock = await openJob('package-install', 30, { faults });
    const strip = within(screen.getByRole('region', { name: 'Needs you' }));
    expect(strip.getAllByRole('listitem')).toHaveLength(2);
    fireEvent.click(strip.getByRole('button', { name: /^Retry 2: / }));
    await waitFor(() =>
      expect(masterCalls(mock, 'job.retry')).toEqual([
        { jobId: mock.job.jobId, stepId: 'package-install', nodeIds: ['tpa-3', 'tpa-4'] },
      ]),
    );
  });

  it('ignores only with a reason', async () => {
    const mock = await openJob('package-install', 30, { faults });
    const strip = within(screen.getByRole('region', { name: 'Needs you' }));
    fireEvent.click(strip.getAllByRole('button', { name: /^Ignore…: / })[1] as HTMLElement);
    const dialog = within(await screen.findByRole('dialog'));
    const confirm = dialog.getByRole<HTMLButtonElement>('button', { name: 'Ignore' });
    expect(confirm.disabled).toBe(true);
    fireEvent.change(dialog.getByRole('textbox', { name: /Reason/ }), {
      target: { value: 'switched off by the site' },
    });
    fireEvent.click(confirm);
    await waitFor(() =>
      expect(masterCalls(mock, 'job.ignore')).toEqual([
        { jobId: mock.job.jobId, stepId: 'package-install', nodeIds: ['aws-1'], reason: 'switched off by the site' },
      ]),
    );
  });

  it('opens a node with its cause, the next step and its log', async () => {
    await openJob('package-install', 30, { faults });
    fireEvent.click(button(/^tpa-3, failed/));
    const drawer = within(screen.getByRole('region', { name: 'Node tpa-3' }));
    expect(
      drawer.getByText(/Read the log of the node and mend the cause; Retry of the node installs the package once more/),
    ).toBeTruthy();
    expect(drawer.getByText('ppde 17.10.01-4 → 17.20.03-1')).toBeTruthy();
    await waitFor(() => expect(drawer.getByRole('region', { name: 'Log' }).textContent).toContain('scriptlet failed'));
  });

  it('moves in the map by arrow keys with one stop for Tab', async () => {
    await openJob('package-install', 30, { faults });
    const stops = screen.getAllByRole('button', { name: /^(tpa|hsn|aws|sws|nontpa)-\d+, / });
    expect(stops.filter((cell) => cell.tabIndex === 0)).toHaveLength(1);
    stops[0]?.focus();
    fireEvent.keyDown(stops[0] as HTMLElement, { key: 'ArrowRight' });
    expect(document.activeElement).toBe(stops[1]);
  });
});

describe('package results', () => {
  it('are one row a package, and Retry and Ignore act on its failed nodes', async () => {
    const mock = await openJob('package-install', 30, { faults });
    fireEvent.click(button('Packages'));
    const row = within(screen.getByRole('row', { name: /ppde/ }));
    fireEvent.click(row.getByRole('button', { name: 'ppde' }));
    expect(screen.getAllByRole('button', { name: 'tpa-3' }).length).toBeGreaterThan(0);
    fireEvent.click(row.getByRole('button', { name: /^Ignore…/ }));
    const dialog = within(await screen.findByRole('dialog'));
    fireEvent.change(dialog.getByRole('textbox', { name: /Reason/ }), { target: { value: 'known' } });
    fireEvent.click(dialog.getByRole('button', { name: 'Ignore' }));
    await waitFor(() =>
      expect(masterCalls(mock, 'job.ignore')).toMatchObject([{ packageName: 'ppde', nodeIds: ['tpa-3', 'tpa-4'] }]),
    );
    // The mock leaves the nodes out as a whole, so there is no ignored package to take back.
    expect(row.queryByRole('button', { name: 'Undo Ignore' })).toBeNull();
    mock.setJob({
      ...mock.job,
      nodes: Object.fromEntries(
        Object.entries(mock.job.nodes).map(([id, node]) => [
          id,
          id === 'tpa-1' ? { ...node, outcomes: { ...node.outcomes, ppde: 'ignored' as const } } : node,
        ]),
      ),
    });
    fireEvent.click(await row.findByRole('button', { name: 'Undo Ignore' }));
    await waitFor(() =>
      expect(masterCalls(mock, 'job.undoIgnore')).toMatchObject([{ packageName: 'ppde', nodeIds: ['tpa-1'] }]),
    );
  });
});

describe('a package that no failure names', () => {
  it('cannot be ignored alone, as the master would refuse it; Retry is possible', async () => {
    const cause = { code: 'disk-full', message: '/ is full' };
    await openJob('package-install', 30, {
      faults: { 'tpa-3': { stepId: 'package-install', state: 'failed', cause } },
    });
    fireEvent.click(button('Packages'));
    const row = within(screen.getByRole('row', { name: /ppde/ }));
    const ignore = row.getByRole<HTMLButtonElement>('button', { name: /^Ignore…/ });
    await waitFor(() => expect(ignore.title).toMatch(/^No failure names ppde/));
    expect(ignore.disabled).toBe(true);
    expect(row.getByRole<HTMLButtonElement>('button', { name: /^Retry/ }).disabled).toBe(false);
  });
});

describe('a step that is looked at and is not the current one', () => {
  it('can only be left: nothing is done to what is not on the screen', async () => {
    const mock = await openJob('package-install', 30, { faults });
    const toc = within(screen.getByRole('navigation', { name: 'Table of contents' }));
    fireEvent.click(toc.getByRole('button', { name: /^Shutdown/ }));
    const foot = within(screen.getByRole('contentinfo'));
    expect(foot.getAllByRole('button').map(({ textContent }) => textContent)).toEqual([
      'Show the current step',
      'Help',
    ]);
    fireEvent.click(button('Packages'));
    const row = within(screen.getByRole('row', { name: /ppde/ }));
    for (const name of ['Retry ppde', 'Ignore… ppde'])
      expect(row.getByRole<HTMLButtonElement>('button', { name }).disabled).toBe(true);
    fireEvent.click(foot.getByRole('button', { name: 'Show the current step' }));
    await screen.findByRole('heading', { name: 'Package Install' });
    expect(button('Cancel…').disabled).toBe(false);
    expect(mock.calls.filter(({ params }) => String(params['method']).startsWith('job.re'))).toEqual([]);
  });
});

describe('screens', () => {
  it('go from the first to the plan with Next, and Back goes one back', async () => {
    const mock = await openJob('configuration-mode');
    fireEvent.click(screen.getByRole('radio', { name: /Custom/ }));
    fireEvent.click(button('Next'));
    await screen.findByRole('heading', { name: 'Select Nodes' });
    expect(mock.job.inputs['configuration-mode']).toEqual({ mode: 'custom' });
    fireEvent.click(button('Back'));
    await screen.findByRole('heading', { name: 'Configuration Mode' });
    expect(screen.getByRole<HTMLInputElement>('radio', { name: /Custom/ }).checked).toBe(true);
  });

  it('select nodes one by one, by type, and all; Next says why it is off', async () => {
    const mock = await openJob('select-nodes');
    fireEvent.click(button('Select none'));
    expect(button('Next').disabled).toBe(true);
    expect(screen.getByText(/Next is off: no node is selected/)).toBeTruthy();
    fireEvent.click(button('Select TPA'));
    fireEvent.click(screen.getByRole('checkbox', { name: 'hsn-1' }));
    expect(screen.getByText('5 of 8 selected')).toBeTruthy();
    fireEvent.click(button('Next'));
    await waitFor(() => expect(Object.keys(mock.job.nodes)).toHaveLength(5));
    expect(masterCalls(mock, 'job.answer')).toMatchObject([
      { input: { nodeIds: ['hsn-1', 'tpa-1', 'tpa-2', 'tpa-3', 'tpa-4'] } },
    ]);
  });

  it('keep Next off while a mandatory package is missing, and mend it by one click', async () => {
    await openJob('select-packages');
    fireEvent.click(screen.getByRole('checkbox', { name: /^ppde 17.20.03-1 x86_64/ }));
    await screen.findByText('ppde is mandatory and not selected.');
    expect(button('Next').disabled).toBe(true);
    fireEvent.click(button('Add what is missing'));
    await screen.findByText(/The selection is complete/);
    expect(button('Next').disabled).toBe(false);
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: /aarch64/ }).disabled).toBe(true);
  });

  it('refuse a spool area without room and ask to read the plan', async () => {
    await openJob('plan');
    expect(button('Start on 8 nodes').disabled).toBe(true);
    const tick = screen.getByRole('checkbox', { name: /I read the plan/ });
    fireEvent.click(tick);
    expect(button('Start on 8 nodes').disabled).toBe(false);
    expect(screen.getByText('Shutdown.')).toBeTruthy();
    fireEvent.click(tick);
    expect(button('Start on 8 nodes').disabled).toBe(true);
    expect(screen.getByText('Start on 8 nodes is off: tick that you read the plan.')).toBeTruthy();
  });

  it('offer the report at the end', async () => {
    const mock = await openJob('finished');
    fireEvent.click(button('Save as HTML…'));
    await screen.findByText(/Saved: .*report-job-1042.html/);
    expect(mock.calls.some((call) => call.method === 'files.saveText')).toBe(true);
  });
});

describe('a pause', () => {
  it('is asked for with one button, said in words, and ended with the same', async () => {
    const mock = await openJob('package-install', 3);
    fireEvent.click(button('Pause'));
    await screen.findByText(/^Paused by .*no further node is begun/);
    fireEvent.click(button('Resume'));
    await waitFor(() => expect(screen.queryByText(/^Paused by/)).toBeNull());
    const params = { jobId: mock.job.jobId };
    expect([masterCalls(mock, 'job.pause'), masterCalls(mock, 'job.resume')]).toEqual([[params], [params]]);
  });
});

describe('a rollback', () => {
  it('shows node by node what it comes to, needs a reason, and is told while it goes on', async () => {
    const mock = await openJob('package-install', 3);
    expect(screen.queryByRole('button', { name: 'Roll back…' })).toBeNull();
    mock.setJob({ ...mock.job, canRollback: true });
    fireEvent.click(await screen.findByRole('button', { name: 'Roll back…' }));
    await screen.findByText(/goes back to 17\.10/, { selector: 'li:first-child' });
    screen.getByText(/is erased; it was not there before/);
    screen.getByText(/no way back: the library has no file of it/);
    screen.getByText(/not every version can be brought back/);
    expect(button('Roll back').disabled).toBe(true);
    fireEvent.change(screen.getByLabelText(/^Reason/), { target: { value: 'it is slower' } });
    fireEvent.click(button('Roll back'));
    await screen.findByText(/1 node goes back, as .* asked: it is slower\. Then the operation ends\./);
    expect(masterCalls(mock, 'job.rollback')).toEqual([{ jobId: mock.job.jobId, reason: 'it is slower' }]);
  });
});

describe('a job that has ended', () => {
  it('can still have its nodes back, by whoever looks at it', async () => {
    const mock = await openJob('package-install', 3);
    act(() => mock.setJob({ ...mock.job, state: 'succeeded', driver: 'somebody', endedAtMs: 1, canRollback: true }));
    fireEvent.click(await screen.findByRole('button', { name: 'Roll back…' }));
    await screen.findByText(/The operation has ended\. It goes on, driven by you/);
    fireEvent.change(await screen.findByLabelText(/^Reason/), { target: { value: 'it is slower' } });
    await waitFor(() => expect(button('Roll back').disabled).toBe(false));
    fireEvent.click(button('Roll back'));
    await waitFor(() =>
      expect(masterCalls(mock, 'job.rollback')).toEqual([{ jobId: mock.job.jobId, reason: 'it is slower' }]),
    );
  });
});

describe('a step of newer software', () => {
  it('is told in words, with Next off and a way out', async () => {
    const mock = new MockWorkbench({ nodes: 8 });
    mock.advanceTo('spool-area');
    const strange = { stepId: 'spool-area', orbit: 3 };
    // Of another kind than any that this window knows.
    Object.assign(strange, { stepId: 'launch-window' });
    const { job } = mock;
    const step = { ...job.steps['spool-area'], stepId: 'launch-window', title: 'Launch Window' };
    mock.setJob({
      ...job,
      ...{ currentStep: 'launch-window', stepOrder: [...job.stepOrder, 'launch-window'], screen: strange as never },
      steps: { ...job.steps, 'launch-window': step as never },
    });
    await showJob(mock);
    await screen.findByText(/The system asks something at Launch Window that this version .* does not know/);
    expect(button('Next').disabled).toBe(true);
    expect(screen.getByText(/needs a newer PUT Desktop/)).toBeTruthy();
    expect(button('Cancel…').disabled).toBe(false);
  });
});

describe('Cancel', () => {
  it('asks: go back, restart, exit; Escape changes nothing', async () => {
    const mock = await openJob('package-install', 3);
    fireEvent.click(button('Cancel…'));
    const dialog = await screen.findByRole('alertdialog');
    const names = within(dialog)
      .getAllByRole('button')
      .map((choice) => choice.textContent);
    expect(names).toEqual(['Go back to the operation', 'Restart current step', 'Exit the operation']);
    fireEvent.keyDown(within(dialog).getAllByRole('button')[0] as HTMLElement, { key: 'Escape' });
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(masterCalls(mock, 'job.cancel')).toEqual([]);
    fireEvent.click(button('Cancel…'));
    fireEvent.click(await screen.findByRole('button', { name: 'Exit the operation' }));
    await waitFor(() => expect(mock.job.state).toBe('exited'));
  });
});

describe('a node whose work does not end', () => {
  it('says so, and offers no Retry until it has', async () => {
    const busy = {
      'tpa-3': {
        stepId: 'package-install',
        state: 'unreachable',
        cause: { code: 'node-busy', message: 'install on tpa-3 is not known to have ended' },
      },
    } as const;
    const mock = await openJob('package-install', 30, { faults: busy });
    const panel = within(screen.getByRole('region', { name: 'Needs you' }));
    expect(panel.getByText(/is not known to have ended/)).toBeTruthy();
    const retry = (): HTMLButtonElement => panel.getByRole('button', { name: /Retry/ });
    expect(retry().disabled).toBe(true);
    expect(panel.getByRole<HTMLButtonElement>('button', { name: /Ignore/ }).disabled).toBe(false);
    act(() => {
      const attention = mock.job.attention.map((line) => ({ ...line, cause: { ...line.cause, code: 'node-timeout' } }));
      mock.setJob({ ...mock.job, attention });
    });
    expect(retry().disabled).toBe(false);
  });
});

describe('Exit where services are down', () => {
  it.each([
    ['Exit and start the services', { startServices: true }],
    ['Exit and leave the services', {}],
  ])('names them and asks what becomes of them: %s', async (choice, params) => {
    const mock = await openJob('package-install', 3);
    const down = { name: 'db', state: 'down' } as const;
    act(() => {
      const nodes = Object.fromEntries(
        Object.entries(mock.job.nodes).map(([id, node]) => [id, id === 'tpa-3' ? { ...node, service: down } : node]),
      );
      mock.setJob({ ...mock.job, nodes });
    });
    fireEvent.click(button('Cancel…'));
    const dialog = within(await screen.findByRole('alertdialog'));
    expect(dialog.queryByRole('button', { name: 'Exit the operation' })).toBeNull();
    expect(dialog.getAllByText(/db is down on 1 node \(tpa-3\)/)).toHaveLength(2);
    if (choice.includes('leave')) {
      const leave = dialog.getByRole<HTMLButtonElement>('button', { name: choice });
      const count = dialog.getByRole('textbox', { name: /on how many nodes/ });
      fireEvent.change(count, { target: { value: '2' } });
      expect(leave.disabled).toBe(true);
      fireEvent.change(count, { target: { value: '1' } });
    }
    fireEvent.click(dialog.getByRole('button', { name: choice }));
    await waitFor(() => expect(mock.job.state).toBe('exited'));
    expect(masterCalls(mock, 'job.cancel')).toEqual([{ jobId: mock.job.jobId, choice: 'exit', ...params }]);
  });
});

describe('people and the line', () => {
  it('leave the decisions to the driver, and take the baton with a reason', async () => {
    const mock = await openJob('package-install', 30, { faults });
    act(() => mock.setJob({ ...mock.job, driver: 'miriam' }));
    expect(button('Cancel…').disabled).toBe(true);
    expect(screen.getByText(/miriam drives this job/)).toBeTruthy();
    fireEvent.click(button('Take the baton…'));
    const dialog = within(await screen.findByRole('dialog'));
    fireEvent.change(dialog.getByRole('textbox', { name: /Reason/ }), { target: { value: 'shift change' } });
    fireEvent.click(dialog.getByRole('button', { name: 'Take the baton' }));
    await waitFor(() => expect(masterCalls(mock, 'job.takeBaton')).toMatchObject([{ reason: 'shift change' }]));
  });

  it('say since when the line is lost, and try again at once on request', async () => {
    const mock = await openJob('package-install', 3);
    const timeLeft = { timeLeft: { after: { lowMs: 60_000, highMs: 180_000 } } };
    act(() => mock.setJob({ ...mock.job, ...timeLeft }));
    expect(await screen.findByText(/^\d\d:\d\d to \d\d:\d\d$/)).toBeTruthy();
    act(() =>
      mock.setSystem({
        session: {
          kind: 'waiting',
          user: 'engineer',
          lostSinceMs: Date.now() - 42_000,
          attempt: 2,
          nextTryAtMs: Date.now() + 8000,
          cause: { code: 'line-lost', message: 'reset', details: {} },
        },
      }),
    );
    expect(screen.getByText(/Line lost 4\d s ago · next try in \d s/)).toBeTruthy();
    expect(screen.getByText(/not known: nothing is heard/)).toBeTruthy();
    expect(button('Next').disabled).toBe(true);
    fireEvent.click(button('Retry now'));
    expect(mock.calls.some((call) => call.method === 'session.retryNow')).toBe(true);
  });

  it('write to everyone, and F1 opens the help of the step', async () => {
    const mock = await openJob('package-install', 3);
    fireEvent.change(screen.getByRole('textbox', { name: /Write to everyone/ }), { target: { value: 'hold on' } });
    fireEvent.click(button('Send'));
    await screen.findByText('hold on');
    expect(masterCalls(mock, 'chat.say')).toMatchObject([{ text: 'hold on', jobId: mock.job.jobId }]);
    fireEvent.keyDown(window, { key: 'F1' });
    expect(
      within(screen.getByRole('complementary', { name: 'Help' })).getByText(/All nodes install in parallel/),
    ).toBeTruthy();
  });
});
