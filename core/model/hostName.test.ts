import { expect, it } from 'vitest';
import { hostProblem } from './hostName.ts';

it('takes names and addresses alone', () => {
  for (const host of ['master', 'tpa-1.site.example', '10.4.0.1', '::1', 'fe80::1%eth0']) {
    expect(hostProblem(host), host).toBeUndefined();
  }
  for (const host of ['', 'a b', '-oProxyCommand=x', 'https://master', 'eva@master']) {
    expect(hostProblem(host), host).toBe('form');
  }
});

it('tells a host with its port from one alone', () => {
  for (const host of ['master:9000', '10.4.0.1:22', '[::1]', '[::1]:9000'])
    expect(hostProblem(host), host).toBe('port');
});
