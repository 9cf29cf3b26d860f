/** Of a page before its script is there: the build writes them into it. */
export const untilLoaded = {
  coming:
    'PUT Desktop is being loaded: some 400 kB once, a minute over a line of 56 kbit/s. Load the page anew where it does not come.',
  withoutScript: 'PUT Desktop needs JavaScript, which this browser does not run here.',
};
