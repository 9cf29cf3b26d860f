import { readFileSync } from 'node:fs';

export interface LocalUser {
  readonly uid: number;
  readonly name: string;
}

/** Users of this machine by /etc/passwd; none where it cannot be read. Those of a directory service do not stand in it. */
export function localUsers(): readonly LocalUser[] {
  let text = '';
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    // Numbers will do.
  }
  return text.split('\n').map((line) => {
    const [name = '', , uid = ''] = line.split(':');
    return { name, uid: Number.parseInt(uid, 10) };
  });
}
