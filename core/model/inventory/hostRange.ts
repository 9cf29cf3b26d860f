/** Names that a pattern may stand for. */
const MOST_NAMES = 10_000;

/**
 * The names that an Ansible host pattern stands for: `db[01:03]` is db01, db02, db03; `[a:c]` goes by letters, `[0:10:5]` by fives; several in one
 * name are combined. A string is the reason why it is none.
 */
export function expandHostRange(pattern: string): readonly string[] | string {
  let names = [''];
  let rest = pattern;
  for (;;) {
    const open = rest.indexOf('[');
    if (open < 0) {
      if (rest.includes(']')) return `"]" without "[" before it in ${pattern}`;
      return names.map((name) => name + rest);
    }
    const close = rest.indexOf(']', open);
    if (close < 0) return `"[" without "]" after it in ${pattern}`;
    const before = rest.slice(0, open);
    if (before.includes(']')) return `"]" without "[" before it in ${pattern}`;
    const values = valuesOf(rest.slice(open + 1, close));
    if (typeof values === 'string') return values;
    if (names.length * values.length > MOST_NAMES) return `${pattern} stands for more than ${MOST_NAMES} names`;
    names = names.flatMap((name) => values.map((value) => name + before + value));
    rest = rest.slice(close + 1);
  }
}

function valuesOf(range: string): readonly string[] | string {
  const wanted = `[${range}] is no range; [01:32], [a:f] or [0:10:2] are`;
  const [, first = '', last = '', stepText = '1'] =
    /^(\d{1,9}|[A-Za-z]):(\d{1,9}|[A-Za-z])(?::(\d{1,6}))?$/.exec(range) ?? [];
  const step = Number(stepText);
  if (first === '' || step === 0) return wanted;
  const digits = /^\d/.test(first);
  if (digits !== /^\d/.test(last)) return wanted;
  const valueOf = (text: string): number => (digits ? Number(text) : text.charCodeAt(0));
  const [from, to] = [valueOf(first), valueOf(last)];
  if (to < from) return `[${range}] runs backwards`;
  // Letters between Z and a are none.
  if (!digits && first < 'a' !== last < 'a') return wanted;
  if (digits && first.startsWith('0') && first.length > 1 && first.length !== last.length) {
    return `[${range}]: with zeros in front both ends need as many digits`;
  }
  if ((to - from) / step >= MOST_NAMES) return `[${range}] stands for more than ${MOST_NAMES} names`;
  const width = first.startsWith('0') ? first.length : 0;
  const values: string[] = [];
  for (let at = from; at <= to; at += step) {
    values.push(digits ? String(at).padStart(width, '0') : String.fromCharCode(at));
  }
  return values;
}
