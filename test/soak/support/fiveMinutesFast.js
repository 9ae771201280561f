/** Loaded before a program: its host's clock is five minutes fast. */
const RealDate = Date;
const ahead = 300_000;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + ahead);
    else super(...parts);
  }
  static now() {
    return RealDate.now() + ahead;
  }
};
