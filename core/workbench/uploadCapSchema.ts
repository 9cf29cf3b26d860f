import { z } from 'zod';
import { LEAST_UPLOAD_CAP } from '../client/UploadCap.ts';

/** A cap on uploads, in bytes of files a second. */
export const uploadCapSchema = z.number().int().min(LEAST_UPLOAD_CAP).max(1e12);
