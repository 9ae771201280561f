/** How tests' TypeScript becomes what runs: as tsconfig.json says, for Jest and for processes that tests start. */
module.exports = {
  jsc: {
    target: "es2022",
    parser: { syntax: "typescript", decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: false },
  },
  module: { type: "commonjs" },
  sourceMaps: "inline",
  swcrc: false,
};
