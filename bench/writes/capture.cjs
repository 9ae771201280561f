// Preloaded into `serve`: writes each statement that goes to PostgreSQL, with its parameters as they travel, to a file.
const { openSync, writeSync } = require("node:fs");
const { Client } = require("pg");
const { prepareValue } = require("pg/lib/utils");

const file = openSync(process.env.BENCH_CAPTURE, "a");
const { query } = Client.prototype;

Client.prototype.query = function (config, values, ...rest) {
  const text = typeof config === "string" ? config : config.text;
  const given = Array.isArray(values) ? values : (config.values ?? []);
  if (typeof text === "string") {
    writeSync(file, `${JSON.stringify({ text, values: given.map((value) => asText(prepareValue(value))) })}\n`);
  }
  return query.call(this, config, values, ...rest);
};

function asText(value) {
  return Buffer.isBuffer(value) ? `\\x${value.toString("hex")}` : value;
}
