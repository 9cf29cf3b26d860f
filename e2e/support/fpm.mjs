#!/usr/bin/env node
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/*
 * Takes the place of fpm, which electron-builder would fetch, for the arguments that electron-builder gives it: makes a Debian package by
 * dpkg-deb and an RPM by rpmbuild. For tests; what goes out is made by fpm itself.
 */

const SWITCHES = new Set(['--force', '--debug', '--verbose']);
const given = { depends: [], recommends: [], files: [] };
const words = process.argv.slice(2);
while (words.length > 0) {
  const word = words.shift();
  if (SWITCHES.has(word)) continue;
  const joined = /^(--[a-z0-9-]+)=([^]*)$/.exec(word);
  if (joined) given[joined[1]] = joined[2];
  else if (word === '-d') given.depends.push(words.shift());
  else if (word === '--deb-recommends') given.recommends.push(words.shift());
  else if (word.startsWith('-')) given[word] = words.shift();
  else given.files.push(word);
}

const work = mkdtempSync(join(tmpdir(), 'fpm-'));
try {
  const tree = join(work, 'tree');
  for (const pair of given.files) {
    const at = pair.lastIndexOf('=');
    const to = join(tree, pair.slice(at + 1));
    mkdirSync(dirname(to), { recursive: true });
    cpSync(pair.slice(0, at), to, { recursive: true, verbatimSymlinks: true });
  }
  const made = given['-t'] === 'deb' ? makeDeb(tree) : makeRpm(tree);
  renameAcross(made, given['--package']);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function makeDeb(tree) {
  const control = join(tree, 'DEBIAN');
  mkdirSync(control);
  const [first = '', ...more] = given['--description'].split('\n').map((line) => line.trim() || '.');
  const fields = [
    ['Package', given['--name']],
    ['Version', given['--version']],
    ['Architecture', given['--architecture']],
    ['Maintainer', given['--maintainer']],
    ['Priority', given['--deb-priority']],
    ['Section', 'default'],
    ['Depends', given.depends.join(', ')],
    ['Recommends', given.recommends.join(', ')],
    ['Description', [first, ...more].join('\n ')],
  ].filter(([, value]) => value);
  writeFileSync(join(control, 'control'), fields.map(([name, value]) => `${name}: ${value}\n`).join(''));
  for (const [option, name] of [
    ['--after-install', 'postinst'],
    ['--after-remove', 'postrm'],
  ]) {
    cpSync(given[option], join(control, name));
    chmodSync(join(control, name), 0o755);
  }
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', tree, join(work, 'made')]);
  return join(work, 'made');
}

function makeRpm(tree) {
  const script = (option) => readFileSync(given[option], 'utf8').replaceAll('%', '%%');
  const files = readdirSync(tree, { recursive: true }).filter((name) => !statSync(join(tree, name)).isDirectory());
  const spec = [
    `Name: ${given['--name']}`,
    `Version: ${given['--version'].replaceAll('-', '~')}`,
    'Release: 1',
    `Summary: ${given['--rpm-summary']}`,
    `License: ${given['--license']}`,
    'AutoReqProv: no',
    ...given.depends.map((name) => `Requires: ${name}`),
    `%description\n${given['--description']}`,
    `%post\n${script('--after-install')}`,
    `%postun\n${script('--after-remove')}`,
    `%files\n%defattr(-,root,root,-)`,
    ...files.map((name) => `"/${name}"`),
  ];
  writeFileSync(join(work, 'made.spec'), `${spec.join('\n')}\n`);
  const defines = {
    ...{ _topdir: join(work, 'rpm'), _rpmdir: work, _rpmfilename: 'made', _build_id_links: 'none' },
    ...{ __os_install_post: '%{nil}', _binary_payload: 'w1.gzdio' },
  };
  const options = Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  const target = ['--target', given['--architecture'], '--buildroot', tree];
  execFileSync('rpmbuild', ['-bb', '--quiet', ...target, ...options, join(work, 'made.spec')]);
  return join(work, 'made');
}

function renameAcross(from, to) {
  try {
    renameSync(from, to);
  } catch {
    cpSync(from, to);
  }
}
