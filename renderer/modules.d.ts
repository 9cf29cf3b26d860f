/** Style sheets and fonts are taken in by the bundler. */
declare module '*.css';
