/**
 * Whether the soak runs in full, as by `npm run soak`. `npm run soak:short` runs the same tests with fewer of
 * everything.
 */
export const isLong = process.env["npm_lifecycle_event"] === "soak";
