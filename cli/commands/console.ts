import type { Command } from 'commander';
import type { Launcher } from '../launch.ts';

export function defineConsole(_program: Command, _launch: Launcher): void {}
