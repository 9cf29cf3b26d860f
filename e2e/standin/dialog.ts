import { standIn } from './records.ts';

/** The options of a dialog come last, with or without a window before them. */
function ask<A>(kind: string, queue: A[], cancelled: A): (...args: unknown[]) => Promise<A> {
  return async (...args) => {
    standIn.dialogs.push({ kind, options: args.at(-1) });
    return queue.shift() ?? cancelled;
  };
}

/** The `dialog` module: answers come from the queues of `standIn.answers`. */
export const dialog = {
  showOpenDialog: ask('open', standIn.answers.open, { canceled: true, filePaths: [] }),
  showSaveDialog: ask('save', standIn.answers.save, { canceled: true, filePath: '' }),
  showMessageBox: ask('message', standIn.answers.message, { response: 0, checkboxChecked: false }),
  showErrorBox: (title: string, content: string): void =>
    void standIn.dialogs.push({ kind: 'error', options: { title, content } }),
};
