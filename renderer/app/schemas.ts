import { config } from 'zod';

/*
 * Imported before everything else of a page: schemas are checked without code made from text, which the content policy forbids.
 */
config({ jitless: true });
