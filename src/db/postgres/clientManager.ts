import type { ClientBase } from "pg";
import { DataSource, type EntityManager } from "typeorm";
import { driver } from "./databasePool";

/** It only names the driver for the managers below, and never connects. */
const dataSource = new DataSource({ type: "postgres", driver, logging: false });

/**
 * An entity manager whose statements run on this connection, within its transaction: for code that works on a
 * connection of its own and calls reads and writes that the pool's transactions use.
 */
export function managerOn(client: ClientBase): EntityManager {
  const runner = dataSource.createQueryRunner();
  runner.connect = async () => client;
  return runner.manager;
}
