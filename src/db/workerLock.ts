/** Class of the advisory locks by which workers show that they live; the object is a hash of the worker's id. */
export const workerLock = 4_207_002;
