/** What a fault of the main process reaches; Electron's and Node's parts in the program, the test's own in tests. */
export interface FaultPlaces {
  readonly tell: (message: string) => void;
  /** Says it to the person at the machine, without holding up the windows. */
  readonly say: (title: string, text: string) => void;
  /** Ends the program at once. */
  readonly exit: () => void;
  /** Milliseconds of a clock that is never set. */
  readonly steadyMs: () => number;
}

const SPAN_MS = 60_000;
/** A stray fault leaves the sessions as they are; as many as this in a minute mean that nothing can be relied on any more. */
const MOST_FAULTS = 10;
/** A page that dies each time it is loaded is not loaded for ever. */
const MOST_RELOADS = 3;

/** Counts what happens within the last minute. */
function lately(steadyMs: () => number): () => number {
  let times: number[] = [];
  return () => {
    const now = steadyMs();
    times = [...times.filter((at) => now - at < SPAN_MS), now];
    return times.length;
  };
}

const textOf = (fault: unknown): string => (fault instanceof Error ? (fault.stack ?? fault.message) : String(fault));

/**
 * What becomes of faults that nothing caught: each is written to the log, the first one is said to the person, and the program
 * goes on, since jobs and sessions are at the master; where they come in numbers it says so and ends.
 */
export function createFaultKeeper(places: FaultPlaces): (kind: string, fault: unknown) => void {
  const count = lately(places.steadyMs);
  let said = false;
  let ending = false;
  return (kind, fault) => {
    if (ending) return;
    places.tell(`${kind}: ${textOf(fault)}`);
    if (count() >= MOST_FAULTS) {
      ending = true;
      places.tell('too many faults within a minute; PUT Desktop ends');
      places.say('PUT Desktop ends', 'It met one fault after the other. Start it again; jobs go on at the master.');
      places.exit();
    } else if (!said) {
      said = true;
      places.say(
        'PUT Desktop met a fault',
        'It goes on. Where something looks wrong, start it again; jobs go on at the master. The log has the details (Help, Open log folder).',
      );
    }
  };
}

/**
 * What becomes of a page whose process is gone: it is loaded anew, a few times a minute. The workbench behind it has lost
 * nothing. Answers whether to load it.
 */
export function createPageKeeper(places: Omit<FaultPlaces, 'exit'>): (reason: string) => boolean {
  const count = lately(places.steadyMs);
  return (reason) => {
    if (reason === 'clean-exit') return false;
    places.tell(`the page's process is gone: ${reason}`);
    if (count() <= MOST_RELOADS) return true;
    places.say(
      'The window cannot be shown',
      `Its page ended ${MOST_RELOADS + 1} times within a minute (${reason}). Start PUT Desktop again; jobs go on at the master.`,
    );
    return false;
  };
}
