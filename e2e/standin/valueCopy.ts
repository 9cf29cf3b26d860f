/*
 * Copies values between the app's main process, the preload's world and the page's world, as Electron does: dates, maps,
 * sets, bytes, errors and bigints keep their kind; functions and promises become numbers that the other side calls by.
 */

/** Says a function or promise by a number, or gives the stand-in for a number of the other side. */
export interface References {
  keep(value: object): number;
  stand(number: number, isPromise: boolean): unknown;
}

export interface ValueCopier {
  /** Throws where Electron would: functions and promises without `references`, symbols, circles. */
  write(value: unknown, references?: References): string;
  read(text: string, references?: References): unknown;
}

/** Self-contained: its text is put into pages as well. */
export function makeValueCopier(): ValueCopier {
  type Packed = { t: string; v?: unknown };

  const bytesToText = (bytes: Uint8Array): string => {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
  const textToBytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

  const write = (value: unknown, references?: References): string => {
    const open = new Set<object>();
    const refuse = (): never => {
      throw new Error('An object could not be cloned.');
    };
    const pack = (part: unknown): unknown => {
      if (part === undefined) return { t: 'undefined' };
      if (typeof part === 'bigint') return { t: 'bigint', v: part.toString() };
      if (typeof part === 'symbol') return refuse();
      if (typeof part === 'number' && (!Number.isFinite(part) || Object.is(part, -0)))
        return { t: 'number', v: Object.is(part, -0) ? '-0' : String(part) };
      if (typeof part === 'function') return references ? { t: 'function', v: references.keep(part) } : refuse();
      if (part === null || typeof part !== 'object') return part;
      if (typeof (part as { then?: unknown }).then === 'function')
        return references ? { t: 'promise', v: references.keep(part) } : refuse();
      if (part instanceof Date) return { t: 'date', v: part.getTime() };
      if (part instanceof Uint8Array) return { t: 'bytes', v: bytesToText(part) };
      if (part instanceof ArrayBuffer) return { t: 'buffer', v: bytesToText(new Uint8Array(part)) };
      if (part instanceof Error) return { t: 'error', v: [part.name, part.message] };
      if (open.has(part)) throw new Error('The object holds itself.');
      open.add(part);
      let packed: unknown;
      if (part instanceof Map) packed = { t: 'map', v: [...part].map((pair) => pair.map(pack)) };
      else if (part instanceof Set) packed = { t: 'set', v: [...part].map(pack) };
      else if (Array.isArray(part)) packed = part.map(pack);
      else
        packed = { t: 'object', v: Object.fromEntries(Object.entries(part).map(([key, entry]) => [key, pack(entry)])) };
      open.delete(part);
      return packed;
    };
    return JSON.stringify(pack(value));
  };

  const read = (text: string, references?: References): unknown => {
    const unpack = (part: unknown): unknown => {
      if (part === null || typeof part !== 'object') return part;
      if (Array.isArray(part)) return part.map(unpack);
      const { t, v } = part as Packed;
      switch (t) {
        case 'undefined':
          return undefined;
        case 'bigint':
          return BigInt(v as string);
        case 'number':
          return Number(v);
        case 'function':
        case 'promise':
          return references?.stand(v as number, t === 'promise');
        case 'date':
          return new Date(v as number);
        case 'bytes':
          return textToBytes(v as string);
        case 'buffer':
          return textToBytes(v as string).buffer;
        case 'error': {
          const [name, message] = v as [string, string];
          return Object.assign(new Error(message), { name });
        }
        case 'map':
          return new Map((v as unknown[][]).map((pair) => pair.map(unpack) as [unknown, unknown]));
        case 'set':
          return new Set((v as unknown[]).map(unpack));
        default:
          return Object.fromEntries(Object.entries(v as object).map(([key, entry]) => [key, unpack(entry)]));
      }
    };
    return unpack(JSON.parse(text));
  };

  return { write, read };
}
