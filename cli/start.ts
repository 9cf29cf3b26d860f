#!/usr/bin/env node
import { join } from 'node:path';
import { COMPILE_CACHE_FOLDER, keepCompiled } from '../core/node/compileCache.ts';
import { dataFolder } from '../core/node/dataFolder.ts';

/*
 * What is started of a built putctl: it has Node keep what it compiles of the program, which a file must be told before it is read. The
 * program stands beside it.
 */
keepCompiled(join(dataFolder(), COMPILE_CACHE_FOLDER));
await import(new URL('./putctl-program.js', import.meta.url).href);
