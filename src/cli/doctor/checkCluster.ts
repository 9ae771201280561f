import type { DataSource } from "typeorm";
import type { Config } from "../../config";
import { failed, ok, warning, type Finding } from "./finding";

/** Connections of a serve outside its pool (notifications, health), and of a worker (jobs, heartbeat). */
const besidesPool = 2 + 7;
/** Part of the connections from which on it gets narrow. */
const narrow = 0.8;
/** Seconds. */
const longestSkew = 2;

/** Settings of the server on which something hangs: connections, durability, clock. */
export async function checkCluster(dataSource: DataSource, config: Config): Promise<Finding[]> {
  return [
    await checkConnections(dataSource, config.databasePoolSize),
    await checkDurability(dataSource),
    await checkClock(dataSource),
  ];
}

async function checkConnections(dataSource: DataSource, poolSize: number): Promise<Finding> {
  const what = "connections (DATABASE_POOL_SIZE)";
  const [server] = await dataSource.query<{ max: number; used: number }[]>(
    `SELECT least(
         current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
           - coalesce(current_setting('reserved_connections', true)::integer, 0),
         (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
         (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())) AS max,
       (SELECT count(*)::integer FROM pg_stat_activity WHERE backend_type = 'client backend') AS used`,
  );
  const { max = 0, used = 0 } = server ?? {};
  const needed = 2 * poolSize + besidesPool;
  const cure = "lower DATABASE_POOL_SIZE, or raise max_connections (or the limit of the role or database)";
  if (needed > max) return failed(what, `one serve and one worker may take ${needed}, and there are ${max}`, cure);
  if (used > max * narrow) return warning(what, `${used} of ${max} are in use`, cure);
  return ok(`${what}: one serve and one worker may take ${needed} of ${max}`);
}

async function checkDurability(dataSource: DataSource): Promise<Finding> {
  const what = "durability";
  const rows = await dataSource.query<{ name: string }[]>(
    `SELECT name FROM pg_settings
     WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name`,
  );
  const off = rows.map(({ name }) => name);
  if (off.length === 0) return ok(what);
  const problem = `${off.join(" and ")} ${off.length === 1 ? "is" : "are"} off: a crash loses what was answered as done`;
  return warning(
    what,
    problem,
    `ALTER SYSTEM RESET ${off[0]}; SELECT pg_reload_conf(), and look at the server's command line`,
  );
}

async function checkClock(dataSource: DataSource): Promise<Finding> {
  const what = "clock beside the database's";
  const before = Date.now();
  const [row] = await dataSource.query<{ now: number }[]>(
    "SELECT extract(epoch FROM clock_timestamp())::float8 AS now",
  );
  const ahead = ((before + Date.now()) / 2 - (row?.now ?? 0) * 1_000) / 1_000;
  if (Math.abs(ahead) <= longestSkew) return ok(what);
  const problem = `this machine is ${Math.abs(ahead).toFixed(1)} s ${ahead > 0 ? "ahead" : "behind"}: deadlines hang on it`;
  return failed(what, problem, "keep both clocks by NTP (chrony, systemd-timesyncd)");
}
