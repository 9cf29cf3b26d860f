import { describe, expect, it } from 'vitest';
import { aimed, aimOf } from './aim.ts';

describe('a command that is told as the next one', () => {
  it('goes to the system that the options of this one named, in words that a shell takes', () => {
    expect(aimOf({ practice: true })).toBe(' --practice');
    expect(aimOf({ system: "it's é" })).toBe(String.raw` -s 'it'\''s é'`);
    expect(aimOf({ host: '10.0.0.1', ccPort: 9100, fingerprint: 'AB:CD', user: 'anna' })).toBe(
      ' --host 10.0.0.1 --cc-port 9100 --fingerprint AB:CD -u anna',
    );
    expect(aimOf({})).toBe('');
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
