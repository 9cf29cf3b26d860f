import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { aimed, aimOf as aimOfCommand } from './aim.ts';
import { withTarget } from './commonOptions.ts';
import type { TargetOptions } from './target.ts';

const aimOf = (options: Partial<TargetOptions>): string => aimOfCommand(options, withTarget(new Command()));

describe('a command that is told as the next one', () => {
  it('goes to the system that the options of this one named, in words that a shell takes', () => {
    expect(aimOf({ practice: true })).toBe(' --practice');
    expect(aimOf({ system: "it's é" })).toBe(String.raw` -s 'it'\''s é'`);
    expect(aimOf({ host: '10.0.0.1', ccPort: 9100, fingerprint: 'AB:CD', user: 'anna' })).toBe(
      ' --host 10.0.0.1 --cc-port 9100 --fingerprint AB:CD -u anna',
    );
    expect(aimOf({})).toBe('');
  });

  it('goes by the same ways, and names no file of a secret', () => {
    const ways = { path: ['ssh', 'hand-off'], ssh: 'gate', sshUser: 'ops', authority: '/etc/site ca.pem' } as const;
    expect(aimOf({ host: 'master', ...ways, passwordFile: 'secret', sshPassphraseFile: 'secret' })).toBe(
      " --host master --path ssh,hand-off --ssh gate --ssh-user ops --authority '/etc/site ca.pem'",
    );
    expect(aimOf({ system: 'lab', acceptFingerprint: 'AB:CD' })).toBe(' -s lab');
  });

  it('has it before what is said of the command; what is no command of putctl stays', () => {
    const told = ['putctl retry 3   tries again', 'putctl watch 3', 'putservices doctor   on the master node'];
    expect(aimed(told, ' -s lab')).toEqual([
      'putctl retry 3 -s lab   tries again',
      'putctl watch 3 -s lab',
      'putservices doctor   on the master node',
    ]);
  });
});
