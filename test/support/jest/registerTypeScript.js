/** For `node --require`: lets a process that a test starts load the TypeScript sources. */
const { transformFileSync } = require("@swc/core");
const swcOptions = require("./swcOptions");

require.extensions[".ts"] = (module, file) => module._compile(transformFileSync(file, swcOptions).code, file);
