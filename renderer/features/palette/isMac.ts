/** Whether the keyboard in front of the person has a Command key; the master's platform says nothing of that. */
export const isMac = (): boolean => /^Mac/.test(navigator.platform);
