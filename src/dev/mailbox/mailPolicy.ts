/** A mail shows its own styles and embedded pictures, runs nothing, asks no host; its links open a window. */
export const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; form-action 'none'; " +
  "sandbox allow-popups allow-popups-to-escape-sandbox";
