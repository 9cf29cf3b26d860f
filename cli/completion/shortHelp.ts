/** The first clause of what something is for. */
export const shortHelp = (text: string): string => text.split(/[;:(\n]/, 1)[0]?.trim() ?? '';
