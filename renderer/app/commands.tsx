import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from 'react';

/** Something a person can do where they are: by its key, or by name from the palette. */
export interface Command {
  /** Its key stands in SHORTCUTS under the same id, where it has one. */
  readonly id: string;
  readonly name: string;
  readonly run: () => void;
  /** Why it cannot be done now, in words; absent: it can. */
  readonly off?: string | undefined;
  /** Known by its key alone. */
  readonly unlisted?: boolean | undefined;
}

export interface CommandList {
  /** What can be done now; of two with one id, the one that came last: the view on top. */
  find(id: string): Command | undefined;
  all(): readonly Command[];
  /** Answers what takes it away again. */
  add(read: () => Command): () => void;
}

export function createCommandList(): CommandList {
  const reads = new Set<() => Command>();
  const all = (): readonly Command[] => [
    ...new Map([...reads].map((read) => read()).map((command) => [command.id, command])).values(),
  ];
  return {
    all,
    find: (id) => [...reads].map((read) => read()).findLast((command) => command.id === id),
    add: (read) => {
      reads.add(read);
      return () => void reads.delete(read);
    },
  };
}

const CommandContext = createContext<CommandList | undefined>(undefined);

/** Keeps what the views below it offer. */
export function CommandProvider({ children }: { children: ReactNode }) {
  const [list] = useState(createCommandList);
  return <CommandContext value={list}>{children}</CommandContext>;
}

export function useCommandList(): CommandList {
  const list = useContext(CommandContext);
  if (!list) throw new Error('a view stands outside of CommandProvider');
  return list;
}

/** Offers commands while the view is shown, each as it was at the last drawing. */
export function useCommands(commands: readonly Command[]): void {
  const list = useCommandList();
  const latest = useRef(commands);
  useEffect(() => {
    latest.current = commands;
  });
  const ids = commands.map(({ id }) => id).join(' ');
  useEffect(() => {
    const removes = latest.current.map(({ id }) =>
      list.add(() => {
        const command = latest.current.find((one) => one.id === id);
        return command ?? { id, name: '', run: () => undefined, unlisted: true };
      }),
    );
    return () => {
      for (const remove of removes) remove();
    };
  }, [list, ids]);
}
