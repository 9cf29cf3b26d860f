/*
 * What the stand-in cannot show is written down here, and what a person would answer is queued here. Tests reach it as
 * `electron.standIn`.
 */

export interface OpenDialogAnswer {
  canceled: boolean;
  filePaths: string[];
}
export interface SaveDialogAnswer {
  canceled: boolean;
  filePath: string;
}
export interface MessageBoxAnswer {
  response: number;
  checkboxChecked: boolean;
}

export const standIn = {
  /** Faults of the stand-in or of a page; a test ends with none. */
  errors: [] as string[],
  dialogs: [] as { kind: string; options: unknown }[],
  notifications: [] as { title: string; body: string }[],
  opened: [] as string[],
  /** Schemes whose links the app asked to be given. */
  protocolClients: [] as string[],
  deniedWindows: [] as string[],
  deniedNavigations: [] as string[],
  permissionHandlers: { request: undefined as unknown, check: undefined as unknown },
  /** Answers for the next dialogs; an empty queue cancels. */
  answers: {
    open: [] as OpenDialogAnswer[],
    save: [] as SaveDialogAnswer[],
    message: [] as MessageBoxAnswer[],
  },
};
