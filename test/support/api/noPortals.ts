/** No party has a portal: email names the Request ID alone. */
export const noPortals = { customer: null, partner: null, operations: null };
