import { spawnSync } from "node:child_process";

/**
 * Whether a program of Debian runs here. When it does not, the tests that need it are skipped with a line that names
 * the package. With CHANGEOVER_TEST_NO_SKIP it throws instead.
 */
export function isInstalled(program: string, debianPackage: string): boolean {
  if (spawnSync(program, ["--version"]).status === 0) return true;
  const message = `${debianPackage} is not installed: apt-get install ${debianPackage}`;
  if (process.env["CHANGEOVER_TEST_NO_SKIP"]) throw new Error(message);
  console.warn(`${message}. The tests that need it are skipped.`);
  return false;
}
