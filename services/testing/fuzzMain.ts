/*
 * Fuzzes the readers of bytes from outside that only the services have, as core/testing/fuzzMain.ts does those of core:
 *   node services/testing/fuzzMain.ts --seconds 600 --target http
 */
import { runFuzzCommand } from '../../core/testing/fuzzCommand.ts';
import { httpTarget } from './httpFuzzTarget.ts';

await runFuzzCommand([httpTarget()]);
